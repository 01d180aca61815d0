import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { HawserError } from "@hawser/protocol";
import type { Source, SourceFacts, SourceOrigin } from "./source.ts";

/** What a caller knows better than the file system does. */
export type PathFacts = Partial<Pick<SourceFacts, "name" | "contentType">>;

/** What tells one version of a file from another. */
interface Version {
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: bigint;
  readonly modifiedNs: bigint;
}

/**
 * A regular file. It is opened at the first read, so that thousands may wait in a queue, and held until `close`.
 * Each read makes sure that this is still the file of the beginning, with its size and time.
 * @throws HawserError `source_unreadable` when there is no regular file at `path`
 */
export async function openPathSource(path: string, facts: PathFacts = {}): Promise<Source> {
  const absolutePath = resolve(path);
  return new PathSource(absolutePath, facts, await statRegularFile(absolutePath));
}

async function statRegularFile(path: string): Promise<Version> {
  const stats = await unreadableUnless(path, stat(path, { bigint: true }));
  if (!stats.isFile()) throw new HawserError("source_unreadable", { detail: `${path} is not a regular file.` });
  return toVersion(stats);
}

function toVersion(stats: { dev: bigint; ino: bigint; size: bigint; mtimeNs: bigint }): Version {
  return { device: stats.dev, inode: stats.ino, size: stats.size, modifiedNs: stats.mtimeNs };
}

async function unreadableUnless<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const detail = `${path} cannot be read: ${(cause as Error).message}`;
    throw new HawserError("source_unreadable", { detail }, { cause });
  }
}

class PathSource implements Source {
  readonly facts: SourceFacts;
  readonly origin: SourceOrigin;
  readonly replayable = true;
  readonly #path: string;
  readonly #version: Version;
  #handle: Promise<FileHandle> | undefined;
  #isClosed = false;

  constructor(path: string, facts: PathFacts, version: Version) {
    this.#path = path;
    this.#version = version;
    this.origin = { kind: "path", path };
    this.facts = {
      name: (facts.name ?? basename(path)).normalize("NFC"),
      contentType: facts.contentType ?? null,
      ...measurements(version),
    };
  }

  async read(offset: number, target: Uint8Array, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const handle = await this.#open();
    const readBytes = await unreadableUnless(this.#path, readAt(handle, offset, target));
    // After the bytes, so that it vouches for them. What was opened is known by it too.
    const now = toVersion(await unreadableUnless(this.#path, handle.stat({ bigint: true })));
    if (!isSameVersion(now, this.#version)) throw this.#changed("was edited or replaced before it was read to its end");
    signal.throwIfAborted();
    return readBytes;
  }

  /** @throws HawserError `source_changed` when another file stands at the path, `source_unreadable` when none does */
  async refresh(): Promise<SourceFacts> {
    const now = await statRegularFile(this.#path);
    if (!isSameFile(now, this.#version)) throw this.#changed("was replaced by another file");
    return { ...this.facts, ...measurements(now) };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const handle = await this.#handle?.catch(() => undefined);
    this.#handle = undefined;
    await handle?.close();
  }

  async #open(): Promise<FileHandle> {
    if (this.#isClosed) throw new HawserError("source_unreadable", { detail: `${this.#path} was closed.` });
    // Without O_NONBLOCK a pipe that took the file's place would block a thread until somebody writes to it.
    const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
    this.#handle ??= unreadableUnless(this.#path, open(this.#path, flags));
    try {
      return await this.#handle;
    } catch (error) {
      // A file that could not be opened may be there again at the next attempt.
      this.#handle = undefined;
      throw error;
    }
  }

  #changed(how: string): HawserError {
    return new HawserError("source_changed", { detail: `${this.#path} ${how}.` });
  }
}

function measurements(version: Version): { sizeBytes: number; lastModified: string } {
  return {
    sizeBytes: Number(version.size),
    lastModified: new Date(Number(version.modifiedNs / 1_000_000n)).toISOString(),
  };
}

function isSameFile(a: Version, b: Version): boolean {
  return a.device === b.device && a.inode === b.inode;
}

function isSameVersion(a: Version, b: Version): boolean {
  return isSameFile(a, b) && a.size === b.size && a.modifiedNs === b.modifiedNs;
}

/** Reads until `target` is full or the file ends: one call may give less than is there. */
async function readAt(handle: FileHandle, offset: number, target: Uint8Array): Promise<number> {
  let doneBytes = 0;
  while (doneBytes < target.length) {
    const { bytesRead } = await handle.read(target, doneBytes, target.length - doneBytes, offset + doneBytes);
    if (bytesRead === 0) break;
    doneBytes += bytesRead;
  }
  return doneBytes;
}
