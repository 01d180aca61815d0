import { readFileSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { type Project, readProject, repositoryRoot } from "./project.ts";
import { requirementIdsIn } from "./requirement-ids.ts";

interface Requirement {
  readonly text: string;
  /** `bench`: a figure of speed or memory, which `npm run bench` prints and no test asserts. */
  readonly kind?: "bench";
}

const matrixPath = "docs/requirements.md";
const headings: Readonly<Record<string, string>> = {
  S: "Chunked upload server",
  R: "Resumable uploads",
  V: "Background video upload",
  I: "Progressive interview upload",
  P: "Photo posts: resume and memory",
  X: "Beyond",
};

/** The matrix id → requirement → tests → pages, and the ids in titles that no requirement has. */
export function requirementMatrix(
  project: Project,
  requirements: Readonly<Record<string, Requirement>>,
): { readonly page: string; readonly unknown: readonly string[] } {
  const tests = countTests(project);
  const pages = findPages(project);
  const unknown = [...tests].flatMap(([id, counts]) =>
    requirements[id] === undefined ? [`${[...counts.keys()].join(", ")}: no requirement has the id ${id}`] : [],
  );
  const lines = [
    "# Requirements and their tests",
    "",
    "Generated from the titles of the tests by `npm run requirements`; `npm run check` fails when it is not current.",
    "A number is a count of titles, each of which may stand for many cases. *bench*: a figure that",
    "`npm run bench` prints; no test asserts a time.",
  ];
  for (const [letter, heading] of Object.entries(headings)) {
    lines.push("", `## ${letter} · ${heading}`, "", "| id | requirement | tests | pages |", "|---|---|---|---|");
    for (const [id, requirement] of Object.entries(requirements)) {
      if (!id.startsWith(letter)) continue;
      const links = [...(tests.get(id) ?? [])].map(([path, count]) => `${linkTo(path)} ${count}`);
      const proof = [...(requirement.kind === "bench" ? ["*bench*"] : []), ...links].join(", ") || "not yet";
      lines.push(`| ${id} | ${requirement.text} | ${proof} | ${(pages.get(id) ?? []).map(linkTo).join(", ")} |`);
    }
  }
  return { page: `${lines.join("\n")}\n`, unknown };
}

function countTests({ sources }: Project): Map<string, Map<string, number>> {
  const byId = new Map<string, Map<string, number>>();
  for (const [path, { tests }] of [...sources].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (path.startsWith("scripts/")) continue;
    for (const id of tests.flatMap(({ title }) => [...new Set(requirementIdsIn(title ?? ""))])) {
      const counts = byId.get(id) ?? new Map<string, number>();
      byId.set(id, counts.set(path, (counts.get(path) ?? 0) + 1));
    }
  }
  return byId;
}

function findPages({ files }: Project): Map<string, string[]> {
  const byId = new Map<string, string[]>();
  for (const [path, text] of files) {
    if (!path.endsWith(".md") || path === matrixPath || path === "CONTRIBUTING.md") continue;
    for (const id of new Set(requirementIdsIn(text))) byId.set(id, [...(byId.get(id) ?? []), path]);
  }
  return byId;
}

function linkTo(path: string): string {
  return `[${posix.basename(path)}](../${path})`;
}

if (import.meta.main) {
  const requirements = JSON.parse(readFileSync(join(import.meta.dirname, "requirements.json"), "utf8"));
  const project = readProject(repositoryRoot);
  const { page, unknown } = requirementMatrix(project, requirements);
  for (const problem of unknown) console.log(problem);
  if (unknown.length > 0) process.exitCode = 1;
  if (!process.argv.includes("--check")) writeFileSync(join(repositoryRoot, matrixPath), page);
  else if (project.files.get(matrixPath) !== page) {
    console.log(`${matrixPath} is not current: run "npm run requirements".`);
    process.exitCode = 1;
  }
}
