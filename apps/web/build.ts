import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "vite";

/**
 * Builds the web app into `dist`, unless it was built from the same sources already.
 *
 * `--into FOLDER` copies the built app there as well, in place of what was there.
 */

const here = import.meta.dirname;
const repository = join(here, "..", "..");
const built = join(here, "dist");
/** In the built folder; names with a dot at their beginning are not served. */
const stamp = join(built, ".stamp");

/** All that decides what the build makes. */
const inputs = [
  "apps/web/src",
  "apps/web/index.html",
  "apps/web/package.json",
  "apps/web/tsconfig.json",
  "apps/web/vite.config.ts",
  "apps/web/build.ts",
  "packages/client/src",
  "packages/client/package.json",
  "packages/protocol/src",
  "packages/protocol/package.json",
  "package-lock.json",
];

function hashInputs(): string {
  const hash = createHash("sha256");
  for (const input of inputs) {
    for (const path of filesOf(input))
      hash
        .update(`${path}\0`)
        .update(readFileSync(join(repository, path)))
        .update("\0");
  }
  return hash.digest("hex");
}

function filesOf(path: string): string[] {
  if (/\.\w+$/.test(path)) return [path];
  return readdirSync(join(repository, path), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesOf(`${path}/${entry.name}`) : [`${path}/${entry.name}`]))
    .filter((file) => !/\.(?:test|torture)\.tsx?$/.test(file));
}

async function buildWhenStale(): Promise<void> {
  const wanted = hashInputs();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.error("Building the web app.");
  // Whoever starts this may be a test run: what people get is always the same.
  process.env.NODE_ENV = "production";
  await build({ root: here, configFile: join(here, "vite.config.ts"), logLevel: "warn" });
  writeFileSync(stamp, wanted);
}

await buildWhenStale();
const at = process.argv.indexOf("--into");
const target = at < 0 ? undefined : process.argv[at + 1];
if (target !== undefined) {
  rmSync(target, { recursive: true, force: true });
  cpSync(built, target, { recursive: true });
}
