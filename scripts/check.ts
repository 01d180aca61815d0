import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { repositoryRoot } from "./project.ts";

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** Its output is shown even when all is well. */
  readonly isTold?: boolean;
}

const bin = (name: string) => join(repositoryRoot, "node_modules", ".bin", name);
const script = (name: string, ...args: string[]) => [
  process.execPath,
  "--conditions=@hawser/source",
  join(import.meta.dirname, name),
  ...args,
];

/** In rising order of time, so that a failure shows early. */
const steps: readonly Step[] = [
  { name: "format and lint", command: [bin("biome"), "check", "--error-on-warnings", "."] },
  { name: "rules of the house", command: script("tidy.ts") },
  { name: "requirement matrix", command: script("requirements.ts", "--check") },
  { name: "types", command: [bin("tsc"), "-p", "."] },
  { name: "types of the web app", command: [bin("tsc"), "-p", "apps/web"] },
  { name: "types of the web app's tests", command: [bin("tsc"), "-p", "apps/web/test"] },
  { name: "types of the React bindings", command: [bin("tsc"), "-p", "packages/react/test"] },
  { name: "types of the examples", command: [bin("tsc"), "-p", "examples"] },
  { name: "types of the bench's Uppy client", command: [bin("tsc"), "-p", "bench/clients"] },
  { name: "floating promises, function length", command: [bin("oxlint"), "--type-aware", "--deny-warnings", "."] },
  { name: "dead code", command: [bin("knip"), "--no-progress", "--treat-config-hints-as-errors"] },
  { name: "bundles of client and React", command: script("bundle-check.ts"), isTold: true },
  { name: "packed tarballs", command: script("pack-check.ts") },
];

const seconds = (sinceMs: number) => `${((performance.now() - sinceMs) / 1_000).toFixed(1)} s`;

/** Runs the steps whose names contain one of `wanted` (all when there is none); the name of the first that failed. */
function runSteps(wanted: readonly string[]): string | undefined {
  for (const { name, command, isTold } of steps) {
    if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
    const startedMs = performance.now();
    const [file = "", ...args] = command;
    const { status, stdout, stderr, error } = spawnSync(file, args, { cwd: repositoryRoot, encoding: "utf8" });
    console.log(`${status === 0 ? "✓" : "✗"} ${name.padEnd(36)} ${seconds(startedMs)}`);
    if (status === 0 && isTold) console.log(stdout.trimEnd().replace(/^/gm, "  "));
    if (status === 0) continue;
    console.log([error?.message, stdout, stderr].filter(Boolean).join("\n"));
    return name;
  }
  return undefined;
}

const startedMs = performance.now();
const failed = runSteps(process.argv.slice(2));
console.log(failed === undefined ? `Everything holds (${seconds(startedMs)}).` : `Stopped at: ${failed}.`);
if (failed !== undefined) process.exitCode = 1;
