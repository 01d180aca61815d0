import { posix } from "node:path";
import { isTest, type Project } from "../project.ts";
import type { Finding } from "./finding.ts";

const maxFileLines = 450;
const budgeted = /\.(?:ts|tsx|css|mjs)$/;
const emptyName = /^(?:helpers?|utils?|commons?|misc)(?:\.|$)/;

/** Each file has one job: no long files, and no names that say nothing. */
export function checkFiles({ files }: Project): Finding[] {
  const findings: Finding[] = [];
  for (const [path, text] of files) {
    const lines = text.split("\n").length - 1;
    if (budgeted.test(path) && lines > maxFileLines) {
      findings.push({
        rule: "budget",
        path,
        message: `has ${lines} lines, ${maxFileLines} are the most: it has two jobs`,
      });
    }
    const nameless = path.split("/").find((part) => emptyName.test(part) || part === "types.ts");
    if (nameless !== undefined)
      findings.push({ rule: "names", path, message: `"${nameless}" does not say what it is` });
  }
  return findings;
}

/** Every file is reached from an entry; what only tests reach is no part of the product. */
export function checkReachable(project: Project): Finding[] {
  const paths = [...project.sources.keys()];
  const entries = paths.filter((path) => isEntry(project, path));
  const fromEntries = reach(project, entries);
  const fromTests = reach(project, paths.filter(isTestEntry));
  return paths.flatMap((path): Finding[] => {
    if (fromEntries.has(path) || isTestEntry(path)) return [];
    if (!fromTests.has(path)) return [{ rule: "reachable", path, message: "is imported by nobody" }];
    const isForTests = isTest(path) || path.includes("/adapters/memory/");
    return isForTests ? [] : [{ rule: "reachable", path, message: "is imported by tests only" }];
  });
}

function isTestEntry(path: string): boolean {
  return /\.(?:test|torture)\.tsx?$/.test(path);
}

/** Configuration files, and what a package.json or a page names. */
function isEntry({ files }: Project, path: string): boolean {
  if (/^[^/]+\.config\.ts$/.test(path) || path === "scripts/run.mjs") return true;
  // Examples are there to be read and started by hand.
  if (/^examples\/[^/]+\/server\.ts$/.test(path)) return true;
  for (const [naming, text] of files) {
    const folder = posix.dirname(naming);
    if (!path.startsWith(`${folder}/`)) continue;
    const name = posix.relative(folder, path);
    if (naming.endsWith("package.json") && text.includes(`"./${name}"`)) return true;
    if (naming.endsWith("index.html") && text.includes(`src="/${name}"`)) return true;
  }
  return false;
}

function reach({ sources }: Project, entries: readonly string[]): Set<string> {
  const byName = Map.groupBy(sources.keys(), (path) => posix.basename(path));
  const reached = new Set<string>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    const source = sources.get(path);
    for (const { value } of source?.imports ?? []) {
      if (value.startsWith(".")) waiting.push(posix.join(posix.dirname(path), value));
    }
    // Workers, child processes and migrations are started by path: a string that ends in a file's name counts.
    for (const { value } of source?.strings ?? []) waiting.push(...startedBy(value, path, byName));
  }
  return reached;
}

function startedBy(text: string, from: string, byName: ReadonlyMap<string, readonly string[]>): readonly string[] {
  if (!/^[\w./-]+\.(?:ts|tsx|mjs|js)$/.test(text)) return [];
  const exact = posix.join(posix.dirname(from), text);
  const candidates = byName.get(posix.basename(text).replace(/\.js$/, ".ts")) ?? [];
  return candidates.includes(exact) ? [exact] : candidates;
}
