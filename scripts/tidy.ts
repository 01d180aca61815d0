import { type Project, readProject, repositoryRoot } from "./project.ts";
import { checkErrorCodes, checkLinks } from "./tidy/docs.ts";
import { checkFiles, checkReachable } from "./tidy/files.ts";
import { type Finding, formatFinding } from "./tidy/finding.ts";
import { checkImports } from "./tidy/import-table.ts";
import { checkAdapters, checkTests } from "./tidy/tests.ts";
import { checkLockfile, checkVersions } from "./tidy/versions.ts";
import { checkHeaderNames, checkWords } from "./tidy/words.ts";

/** All rules of the house that no other tool knows. */
const rules: readonly ((project: Project) => Finding[])[] = [
  checkImports,
  checkFiles,
  checkReachable,
  checkWords,
  checkHeaderNames,
  checkTests,
  checkAdapters,
  checkLinks,
  checkErrorCodes,
  checkVersions,
  checkLockfile,
];

const project = readProject(repositoryRoot);
const findings = rules.flatMap((check) => check(project));
for (const finding of findings) console.log(formatFinding(finding));
if (findings.length > 0) {
  console.log(`${findings.length} findings`);
  process.exitCode = 1;
}
