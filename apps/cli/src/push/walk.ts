import type { BigIntStats, Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { normalizeFilename } from "@hawser/protocol";
import { RefusedError } from "../values.ts";
import type { LocalFile } from "./subject.ts";

/** What the named paths stand for. */
export interface Walk {
  /** In the order in which they were named; in folders by name. No file twice. */
  readonly files: readonly LocalFile[];
  /** What cannot be sent, and why. */
  readonly failures: readonly { readonly path: string; readonly error: unknown }[];
  /** What was passed over in folders. */
  readonly skipped: { readonly links: number; readonly hidden: number; readonly special: number };
}

export interface WalkOptions {
  /** Whether names that begin with a dot are passed over in folders. */
  readonly skipHidden: boolean;
  readonly signal: AbortSignal;
}

/**
 * Finds the files behind `paths`. A folder stands for everything below it. Links that were named are followed; those
 * in folders are not, since they may lead out of the folder, or around in it.
 * @throws the signal's reason
 */
export async function walk(paths: readonly string[], options: WalkOptions): Promise<Walk> {
  const walker = new Walker(options);
  for (const path of paths) await walker.visit(path);
  return walker;
}

class Walker implements Walk {
  readonly files: LocalFile[] = [];
  readonly failures: { path: string; error: unknown }[] = [];
  readonly skipped = { links: 0, hidden: 0, special: 0 };
  readonly #options: WalkOptions;
  readonly #seen = new Set<string>();

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  async visit(path: string): Promise<void> {
    await this.#try(path, async () => {
      const realPath = await realpath(path);
      const stats = await stat(realPath, { bigint: true });
      if (stats.isDirectory()) return this.#enter(path, realPath, basename(resolve(path)));
      if (!stats.isFile()) throw new RefusedError("It is not a regular file. Pipes go in by: … | hawser push -");
      this.#take(path, realPath, null, stats);
    });
  }

  async #enter(path: string, realPath: string, relativePath: string): Promise<void> {
    const entries = await readdir(realPath, { withFileTypes: true });
    // By code units, whatever the language: the same folder is always sent in the same order.
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      this.#options.signal.throwIfAborted();
      const below = join(path, entry.name);
      await this.#try(below, () =>
        this.#meet(entry, below, join(realPath, entry.name), `${relativePath}/${entry.name}`),
      );
    }
  }

  async #meet(entry: Dirent, path: string, realPath: string, relativePath: string): Promise<void> {
    if (this.#options.skipHidden && entry.name.startsWith(".")) this.skipped.hidden++;
    else if (entry.isDirectory()) await this.#enter(path, realPath, relativePath);
    else if (entry.isSymbolicLink()) this.skipped.links++;
    else if (entry.isFile()) this.#take(path, realPath, relativePath, await stat(realPath, { bigint: true }));
    else this.skipped.special++;
  }

  #take(path: string, realPath: string, relativePath: string | null, stats: BigIntStats): void {
    if (this.#seen.has(realPath)) return;
    this.#seen.add(realPath);
    const filename = normalizeFilename(basename(resolve(path)));
    if (filename === undefined) {
      throw new RefusedError("Its name has control characters or is too long. Rename it, then send it.");
    }
    this.files.push({
      path,
      realPath,
      filename,
      relativePath: relativePath?.normalize("NFC") ?? null,
      sizeBytes: Number(stats.size),
      lastModified: new Date(Number(stats.mtimeNs / 1_000_000n)).toISOString(),
    });
  }

  /** What goes wrong with one path stops no other. */
  async #try(path: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.signal.throwIfAborted();
      this.failures.push({ path, error });
    }
  }
}
