import type { Project } from "../project.ts";
import { requirementIdsIn } from "../requirement-ids.ts";
import type { Finding } from "./finding.ts";

const forbiddenModifiers = ["skip", "only", "todo"];
const adapterFolder = /^(.*\/adapters\/[^/]+)\//;

/** No test is silenced, and each says by its title which requirement it holds. */
export function checkTests({ sources }: Project): Finding[] {
  const findings: Finding[] = [];
  for (const [path, source] of sources) {
    const isProduct = /^(?:packages|apps)\//.test(path);
    for (const { title, line, modifiers } of source.tests) {
      const refuse = (message: string) => findings.push({ rule: "tests", path, line, message });
      const silenced = modifiers.find((modifier) => forbiddenModifiers.includes(modifier));
      if (silenced !== undefined) refuse(`.${silenced} hides tests`);
      if (title === undefined) refuse("the title is not written where the test is");
      else if (isProduct && requirementIdsIn(title).length === 0)
        refuse(`"${title}" names no requirement, such as [S4]`);
    }
  }
  return findings;
}

/** Every adapter is tried by a contract suite: a test that imports the adapter and a file of `contract`. */
export function checkAdapters({ sources }: Project): Finding[] {
  const adapters = new Set<string>();
  for (const path of sources.keys()) {
    const folder = adapterFolder.exec(path)?.[1];
    if (folder !== undefined) adapters.add(folder);
  }
  const tests = [...sources].filter(([path]) => path.endsWith(".test.ts"));
  return [...adapters].flatMap((folder) => {
    const name = folder.slice(folder.lastIndexOf("/") + 1);
    const isTried = tests.some(([path, { imports }]) => {
      const importsAdapter =
        path.startsWith(`${folder}/`) || imports.some(({ value }) => value.includes(`adapters/${name}/`));
      return importsAdapter && imports.some(({ value }) => value.includes("contract"));
    });
    return isTried ? [] : [{ rule: "adapters", path: folder, message: "runs through no contract suite" }];
  });
}
