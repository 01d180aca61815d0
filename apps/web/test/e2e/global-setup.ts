import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { findChromium } from "./chromium.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where Chromium is, or why there is none. */
    chromium: { readonly path: string } | { readonly missing: string };
  }
}

/**
 * Builds the app that the tests look at, and finds the browser that they drive. Without one the tests are skipped and
 * say why, except where a change is judged (`CI`): there it is a failure.
 */
export default function setup(project: TestProject): void {
  const build = fileURLToPath(new URL("../../build.ts", import.meta.url));
  execFileSync(process.execPath, ["--conditions=@hawser/source", build], { stdio: "inherit" });
  const chromium = findChromium();
  if ("missing" in chromium) {
    if (process.env.CI) throw new Error(chromium.missing);
    console.warn(`The tests in a browser are skipped. ${chromium.missing}`);
  }
  project.provide("chromium", chromium);
}
