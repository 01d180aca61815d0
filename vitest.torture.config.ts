import { defineConfig } from "vitest/config";
import { shared } from "./vitest.config.ts";

/** The long versions of the heavy suites. Each bounds itself by HAWSER_TORTURE_MINUTES. */
const minutes = Number(process.env.HAWSER_TORTURE_MINUTES ?? "10");

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    execArgv: [...shared.test.execArgv],
    reporters: [...shared.test.reporters],
    include: ["packages/*/test/**/*.torture.ts", "apps/web/test/remember/**/*.torture.ts"],
    globalSetup: "./apps/web/test/e2e/global-setup.ts",
    fileParallelism: false,
    // A suite ends by its own clock; the timeout only catches one that hangs.
    testTimeout: (minutes + 10) * 60_000,
    hookTimeout: 120_000,
  },
});
