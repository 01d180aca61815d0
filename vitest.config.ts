import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@hawser/source"] },
  ssr: { resolve: { conditions: ["@hawser/source"] } },
  test: {
    include: [
      "packages/*/src/**/*.test.ts",
      "packages/*/test/**/*.test.ts",
      "apps/*/src/**/*.test.ts",
      "apps/*/test/**/*.test.ts",
      "scripts/**/*.test.ts",
    ],
    testTimeout: 30_000,
  },
});
