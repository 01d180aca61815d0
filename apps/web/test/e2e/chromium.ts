import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** What headless Chromium is started with: no sandbox for root, and nothing that asks the network by itself. */
export const browserArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
] as const;

const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];
const macPath = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
const installTimeoutMs = 300_000;

/**
 * The system's Chromium: `CHROMIUM` in the environment, else one on the path. Where there is none and it may be
 * installed (root on a Debian system), it is installed.
 */
export function findChromium(): { readonly path: string } | { readonly missing: string } {
  const given = process.env.CHROMIUM;
  if (given !== undefined && given !== "") {
    return existsSync(given) ? { path: given } : { missing: `There is no Chromium at ${given}, which CHROMIUM names.` };
  }
  const found = lookUp() ?? install();
  if (found !== undefined) return { path: found };
  return { missing: "No Chromium here: install it (on Debian: apt-get install chromium), or name it in CHROMIUM." };
}

function lookUp(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  const paths = [...folders, "/usr/bin", "/snap/bin"].flatMap((folder) => names.map((name) => join(folder, name)));
  return [...paths, macPath].find((path) => existsSync(path));
}

function install(): string | undefined {
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) return undefined;
  console.log("Installing Chromium for the tests of the web app (apt-get). This happens once.");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args: string[]) => spawnSync("apt-get", ["-q", ...args], { env, timeout: installTimeoutMs }).status;
  if (apt("install", "-y", "--no-install-recommends", "chromium") !== 0) {
    apt("update");
    apt("install", "-y", "--no-install-recommends", "chromium");
  }
  return lookUp();
}
