import { link, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { RefusedError } from "../values.ts";

/** Separators, controls, bidirectional marks, and what Windows refuses in names. */
const refused = /[/\\:*?"<>|\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
/** What file systems take, less the room for `.part`. */
const maxNameBytes = 250;

/**
 * A name from the server as one that can be made in the working folder: a basename, without controls, not hidden,
 * and never a device's.
 */
export function safeBasename(filename: string, id: string): string {
  const name = filename
    .replace(refused, "_")
    .replace(/^[.\s]+/, "_")
    .replace(/[.\s]+$/, "");
  if (name === "" || name === "_") return id;
  return shorten(reserved.test(name) ? `_${name}` : name);
}

/** Cuts before the extension, by whole characters. */
function shorten(name: string): string {
  const extension = /\.[^.]{1,16}$/u.exec(name)?.[0] ?? "";
  const stem = [...name.slice(0, name.length - extension.length)];
  while (Buffer.byteLength(stem.join("") + extension) > maxNameBytes) stem.pop();
  return stem.join("") + extension;
}

/** Where a file goes: `--output` names a file, or a folder that is there; else the working folder. */
export async function resolveTarget(output: string | undefined, filename: string, id: string): Promise<string> {
  const name = safeBasename(filename, id);
  if (output === undefined) return name;
  return (await isDirectory(output)) ? join(output, name) : output;
}

/** @throws RefusedError when something is there and may not be replaced */
export async function ensureFree(target: string, force: boolean): Promise<void> {
  const found = await stat(target).catch(ignoreMissing);
  if (found === undefined) return;
  if (found.isDirectory()) throw new RefusedError(`${target} is a folder.`);
  if (!force) throw new RefusedError(`${target} is there already; --force replaces it, --output names another.`);
}

/** Gives the whole file its name. Without `force` a file that appeared meanwhile is not replaced. */
export async function publish(part: string, target: string, force: boolean): Promise<void> {
  if (force) return rename(part, target);
  try {
    await link(part, target);
    await unlink(part);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return ensureFree(target, force);
    // Some file systems know no hard links; looking first is the best that they offer.
    await ensureFree(target, force);
    await rename(part, target);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return path.endsWith("/") || ((await stat(path).catch(ignoreMissing))?.isDirectory() ?? false);
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}
