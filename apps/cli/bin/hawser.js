#!/usr/bin/env node
// Plain JavaScript that any Node can read, so that an old one gets a sentence instead of a stack trace.
import { existsSync } from "node:fs";
import * as module from "node:module";

const neededVersion = [24, 19];
const [major, minor] = process.versions.node.split(".").map(Number);

if (major < neededVersion[0] || (major === neededVersion[0] && minor < neededVersion[1])) {
  console.error(`Hawser needs Node ${neededVersion.join(".")} or newer; this is Node ${process.versions.node}.`);
  process.exitCode = 1;
} else if (existsSync(new URL("../src/main.ts", import.meta.url))) {
  // A checkout: the workspace packages are taken from their sources.
  module.registerHooks({
    resolve(specifier, context, nextResolve) {
      if (!specifier.startsWith("@hawser/")) return nextResolve(specifier, context);
      return nextResolve(specifier, { ...context, conditions: ["@hawser/source", ...context.conditions] });
    },
  });
  await import("../src/main.ts");
} else {
  await import("../dist/main.js");
}
