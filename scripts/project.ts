import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseSource, type Source } from "./source.ts";

/** The repository as text: what the checks of the project look at. Paths are relative to its root, with `/`. */
export interface Project {
  readonly files: ReadonlyMap<string, string>;
  /** The parsed TypeScript and JavaScript files. */
  readonly sources: ReadonlyMap<string, Source>;
}

export const repositoryRoot = dirname(import.meta.dirname);

const textFile = /(?:^|\/)(?:[^/.]+|[^/]*\.(?:ts|tsx|mjs|js|json|md|css|html|sql|yml|yaml|npmrc|gitignore))$/;
const sourceFile = /\.(?:ts|tsx|mjs|js)$/;
const alwaysIgnored = new Set([".git", "node_modules"]);

export function isTest(path: string): boolean {
  return /\.(?:test|torture)\.tsx?$/.test(path) || /^(?:packages|apps)\/[^/]+\/test\//.test(path);
}

/** A project from texts alone, so that a check can be tried on a bad sample. */
export function projectOf(texts: Readonly<Record<string, string>>): Project {
  const files = new Map(Object.entries(texts));
  const sources = new Map<string, Source>();
  for (const [path, text] of files) if (sourceFile.test(path)) sources.set(path, parseSource(path, text));
  return { files, sources };
}

/** Reads every text file below `root` that .gitignore leaves. */
export function readProject(root: string): Project {
  const ignored = readFileSync(join(root, ".gitignore"), "utf8").split("\n").filter(Boolean);
  const names = new Set(ignored.filter((line) => line.endsWith("/")).map((line) => line.slice(0, -1)));
  const endings = ignored.filter((line) => line.startsWith("*")).map((line) => line.slice(1));
  const texts: Record<string, string> = {};
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (alwaysIgnored.has(entry.name) || endings.some((ending) => path.endsWith(ending))) continue;
      if (entry.isDirectory() && !names.has(entry.name)) visit(path);
      if (entry.isFile() && textFile.test(path)) texts[path] = readFileSync(join(root, path), "utf8");
    }
  };
  visit("");
  return projectOf(texts);
}
