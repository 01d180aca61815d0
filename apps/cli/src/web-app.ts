import { existsSync } from "node:fs";
import { extname, join } from "node:path";

/**
 * The web app that came with this program: beside the build in the published package, in its own workspace in a
 * checkout. Undefined where it was not built.
 */
export function findWebApp(): string | undefined {
  const here = import.meta.dirname;
  const isCheckout = extname(import.meta.filename) === ".ts";
  const folder = isCheckout ? join(here, "..", "..", "web", "dist") : join(here, "web");
  return existsSync(join(folder, "index.html")) ? folder : undefined;
}
