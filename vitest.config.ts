import { defineConfig } from "vitest/config";

const conditions = ["@hawser/source"];

/** What every run has in common: sources instead of builds, also in the threads and processes that tests start. */
export const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    pool: "forks",
    execArgv: ["--conditions=@hawser/source"],
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    reporters: ["default", "./scripts/closing-line-reporter.ts"],
  },
} as const;

/** Suites that start processes, fill disks or try thousands of states: one file after the other, after the rest. */
const heavy = ["kills", "power-loss", "faults", "model"].map((suite) => `packages/server/test/${suite}/**/*.test.ts`);

/** What drives a real browser against a real server: one file after the other, after the rest. */
const browser = ["apps/web/test/e2e/**/*.test.ts"];

/**
 * The engine's heavy suites. They join the first tier once they have been seen green together within its time; until
 * then `npm run torture` runs them.
 */
export const later = ["packages/client/test/{faults,kills}/**/*.test.ts"];

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    execArgv: [...shared.test.execArgv],
    reporters: [...shared.test.reporters],
    projects: [
      {
        extends: true,
        test: {
          name: "swift",
          include: ["packages/*/{src,test}/**/*.test.ts", "apps/*/{src,test}/**/*.test.ts", "scripts/**/*.test.ts"],
          exclude: [...heavy, ...browser, ...later],
        },
      },
      {
        extends: true,
        test: {
          name: "heavy",
          include: heavy,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: browser,
          globalSetup: "./apps/web/test/e2e/global-setup.ts",
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
