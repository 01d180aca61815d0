import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { type Mutant, mutants, sourceFolder } from "./mutants.ts";

/** States that a mutant gets to show itself. */
const states = 3_000;
const share = 0.05;

/** Runs the simulation in a process of its own; what it printed, and whether it found something. */
function run(mutant: Mutant | undefined): Promise<{ isRed: boolean; output: string }> {
  const loader = pathToFileURL(join(import.meta.dirname, "mutation-loader.ts")).href;
  const args = [
    ...["--conditions=@hawser/source", ...(mutant === undefined ? [] : ["--import", loader])],
    ...[join(import.meta.dirname, "run.ts"), `${states}`, `${mutant?.seed ?? 1}`, `${share}`],
  ];
  const env = { ...process.env, HAWSER_MUTANT: mutant?.name };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env }, (error, stdout, stderr) => {
      const hasEnded = /^\d+ states, \d+ violations$/m.test(stdout);
      if (hasEnded) resolve({ isRed: error !== null, output: stdout });
      else reject(new Error(`The simulation did not end: ${stdout}${stderr}`));
    });
  });
}

describe("what the simulation sees", () => {
  test("[X1] with all of them in place the suite is green", async () => {
    expect(await run(undefined)).toMatchObject({ isRed: false });
  });

  for (const mutant of mutants) {
    test(`[X1] without ${mutant.name} the suite turns red`, async () => {
      for (const { file, find } of mutant.edits) {
        const text = await readFile(join(sourceFolder, file), "utf8");
        expect(text.split(find), `a stale mutant: its text stands once in ${file}`).toHaveLength(2);
      }
      const { isRed, output } = await run(mutant);
      expect(isRed, output).toBe(true);
    });
  }
});
