import { afterEach, expect, test, vi } from "vitest";
import type { TestModule } from "vitest/node";
import ClosingLineReporter from "./closing-line-reporter.ts";

type Outcome = { state: "passed" | "failed" } | { state: "skipped"; note?: string };

/** What the reporter reads of a test file. */
function moduleWith(outcomes: readonly Outcome[], errors: readonly unknown[] = []): TestModule {
  const tests = outcomes.map((outcome, index) => ({ fullName: `test ${index}`, result: () => outcome }));
  return { errors: () => errors, children: { allSuites: () => [], allTests: () => tests } } as unknown as TestModule;
}

function report(modules: readonly TestModule[], unhandledErrors: readonly unknown[] = []) {
  const before = process.exitCode;
  const lines: string[] = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => lines.push(line));
  try {
    new ClosingLineReporter().onTestRunEnd(modules, unhandledErrors);
    return { lines, failsRun: process.exitCode === 1 };
  } finally {
    process.exitCode = before;
  }
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

test("the last line counts the tests of all files", () => {
  const modules = [moduleWith([{ state: "passed" }, { state: "failed" }]), moduleWith([{ state: "passed" }])];
  expect(report(modules).lines).toEqual(["2 passed, 1 failed"]);
});

test("a file that does not load and an error outside of any test count as failed", () => {
  expect(report([moduleWith([], [new Error("import")])]).lines).toEqual(["0 passed, 1 failed"]);
  expect(report([moduleWith([{ state: "passed" }])], [new Error("late")]).lines).toEqual(["1 passed, 1 failed"]);
});

test("a skipped test is named with its reason, and makes a run with CI=true fail", () => {
  const modules = [moduleWith([{ state: "passed" }, { state: "skipped", note: "no tmpfs here" }])];
  vi.stubEnv("CI", "false");
  const atHome = report(modules);
  expect(atHome.lines).toEqual(["skipped: test 1: no tmpfs here", "1 passed, 0 failed, 1 skipped"]);
  expect(atHome.failsRun).toBe(false);
  vi.stubEnv("CI", "true");
  const inCi = report(modules);
  expect(inCi.lines).toContain("A skipped test makes this run fail, because CI=true.");
  expect(inCi.lines.at(-1)).toBe("1 passed, 0 failed, 1 skipped");
  expect(inCi.failsRun).toBe(true);
});
