import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { commands } from "./command-table.ts";
import { completionScript, isShell, shells } from "./completion.ts";
import { optionTable } from "./options.ts";

/** What bash would offer for these words, the last of them unfinished. */
function offered(...words: string[]): string[] {
  const ask = `COMP_WORDS=(hawser "$@"); COMP_CWORD=$#; _hawser; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const script = `${completionScript("bash", commands)}\n${ask}`;
  const text = execFileSync("bash", ["--norc", "-c", script, "bash", ...words], { encoding: "utf8", cwd: "/" });
  return text.split("\n").filter((line) => line !== "");
}

test("[S16] bash completes commands, the options of each, and what their values can be", () => {
  expect(offered("pu")).toEqual(["push", "pull"]);
  expect(offered("push", "--a")).toEqual(["--anew", "--active"]);
  expect(offered("pull", "--a")).toEqual([]);
  expect(offered("serve", "--log-level", "d")).toEqual(["debug"]);
  expect(offered("push", "--journal", "et")).toEqual(["etc"]);
  expect(offered("push", "et")).toEqual(["etc"]);
  expect(offered("completion", "")).toEqual([...shells]);
});

test("[S16] every shell gets every command and every option", () => {
  for (const shell of shells) {
    const script = completionScript(shell, commands);
    for (const [name, { options }] of Object.entries(commands)) {
      expect(script).toContain(name);
      for (const option of options) expect(script).toContain(optionTable[option].flag);
    }
  }
  expect(isShell("tcsh")).toBe(false);
});
