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

/** Builds the app that the tests look at, and finds the browser that they drive. */
export default function setup(project: TestProject): void {
  const build = fileURLToPath(new URL("../../build.ts", import.meta.url));
  execFileSync(process.execPath, ["--conditions=@hawser/source", build], { stdio: "inherit" });
  project.provide("chromium", findChromium());
}
