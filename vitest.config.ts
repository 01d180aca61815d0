import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { browserArguments, findChromium } from "./apps/web/test/e2e/chromium.ts";

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

/** Suites that start processes, fill disks or try thousands of states: after the rest. */
const heavy = [
  "packages/server/test/{kills,power-loss,faults,model,live}/**/*.test.ts",
  "packages/client/test/{kills,faults}/**/*.test.ts",
  "apps/cli/test/kills/**/*.test.ts",
];

/** What drives a real browser against a real server: after the rest, since it waits more than it works. */
const browser = ["apps/web/test/{e2e,remember}/**/*.test.ts", "examples/**/*.test.ts"];

/** What needs a browser's own parts (IndexedDB, locks, files, React's rendering): runs inside a real one. */
const inBrowser = ["packages/*/{src,test}/**/*.browser.test.{ts,tsx}", "examples/**/*.browser.test.{ts,tsx}"];

/** The project of the tests inside a browser; none where there is no browser, which is told, and in CI is a failure. */
function chromiumProject() {
  const chromium = findChromium();
  if ("missing" in chromium) {
    if (process.env.CI) throw new Error(chromium.missing);
    console.warn(`The tests inside a browser are left out. ${chromium.missing}`);
    return [];
  }
  const launchOptions = { executablePath: chromium.path, args: [...browserArguments] };
  return [
    {
      resolve: { conditions: [...conditions, "browser"] },
      test: {
        ...shared.test,
        name: "chromium",
        include: inBrowser,
        sequence: { groupOrder: 2 },
        execArgv: [...shared.test.execArgv],
        browser: {
          enabled: true,
          headless: true,
          screenshotFailures: false,
          provider: playwright({ launchOptions }),
          instances: [{ browser: "chromium" as const }],
        },
      },
    },
  ];
}

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
          exclude: [...heavy, ...browser, ...inBrowser],
        },
      },
      {
        extends: true,
        test: {
          name: "heavy",
          include: heavy,
          sequence: { groupOrder: 1 },
          testTimeout: 600_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: browser,
          globalSetup: "./apps/web/test/e2e/global-setup.ts",
          sequence: { groupOrder: 3 },
          testTimeout: 400_000,
          hookTimeout: 60_000,
        },
      },
      ...chromiumProject(),
    ],
  },
});
