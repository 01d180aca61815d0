import type { Reporter, TestModule } from "vitest/node";

interface Tally {
  passed: number;
  failed: number;
  /** Full title and reason of each test that did not run. */
  readonly skipped: { readonly title: string; readonly reason: string }[];
}

/**
 * Ends a test run with `N passed, N failed`, alone on a line. A file that cannot be loaded and an error outside of
 * any test count as failed. With `CI=true` a skipped test makes the run fail, and its reason is printed.
 */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tally: Tally = { passed: 0, failed: unhandledErrors.length, skipped: [] };
    for (const module of modules) count(module, tally);
    const { passed, failed, skipped } = tally;
    for (const { title, reason } of skipped) console.log(`skipped: ${title}: ${reason}`);
    if (process.env.CI === "true" && skipped.length > 0) {
      console.log("A skipped test makes this run fail, because CI=true.");
      process.exitCode = 1;
    }
    console.log(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`);
  }
}

function count(module: TestModule, tally: Tally): void {
  if (module.errors().length > 0) tally.failed++;
  for (const suite of module.children.allSuites()) if (suite.errors().length > 0) tally.failed++;
  for (const test of module.children.allTests()) {
    const result = test.result();
    if (result.state === "passed") tally.passed++;
    else if (result.state === "failed") tally.failed++;
    else
      tally.skipped.push({
        title: test.fullName,
        reason: "note" in result && result.note ? result.note : "no reason given",
      });
  }
}
