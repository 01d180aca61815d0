import { createHash, randomBytes, randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { isUploadId } from "@hawser/protocol";

/** What this computer still owes a server: one file on its way. */
export interface JournalEntry {
  readonly version: 1;
  readonly server: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly idempotencyKey: string;
  /** Null until the server has named it. */
  readonly upload: { readonly id: string; readonly runAlign: number; readonly maxRunChunks: number } | null;
}

type Subject = Pick<JournalEntry, "server" | "path" | "sizeBytes" | "mtimeMs">;

/** Entries are named by server and path, so that a file has one. Every change is durable when it resolves. */
export class Journal {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The entry for a file, or undefined. One that cannot be read is set aside, and counts as none. */
  async find(server: string, path: string): Promise<JournalEntry | undefined> {
    const name = this.#nameOf(server, path);
    const text = await readFile(name, "utf8").catch(ignoreMissing);
    if (text === undefined) return undefined;
    const entry = parseEntry(text);
    if (entry?.server === server && entry.path === path) return entry;
    await rename(name, `${name}.unreadable`).catch(ignoreMissing);
    return undefined;
  }

  /** A new entry with a fresh Idempotency-Key, in place of the old one. */
  async begin({ server, path, sizeBytes, mtimeMs }: Subject): Promise<JournalEntry> {
    const entry: JournalEntry = {
      version: 1,
      server,
      path,
      sizeBytes,
      mtimeMs,
      idempotencyKey: randomUUID(),
      upload: null,
    };
    await this.write(entry);
    return entry;
  }

  /** Write, sync, rename, sync the folder: after a crash the old entry is there or the new one, never half of one. */
  async write(entry: JournalEntry): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const name = this.#nameOf(entry.server, entry.path);
    const temporary = `${name}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(`${JSON.stringify(entry)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, name);
    await this.#syncDirectory();
  }

  async remove(entry: JournalEntry): Promise<void> {
    await unlink(this.#nameOf(entry.server, entry.path)).catch(ignoreMissing);
  }

  #nameOf(server: string, path: string): string {
    const hash = createHash("sha256").update(`${server}\n${path}`).digest("hex");
    return join(this.#directory, `${hash.slice(0, 32)}.json`);
  }

  async #syncDirectory(): Promise<void> {
    // Windows opens no folders; there the rename itself has to do.
    if (process.platform === "win32") return;
    const directory = await open(this.#directory, "r");
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}

function parseEntry(text: string): JournalEntry | undefined {
  try {
    const entry = JSON.parse(text) as JournalEntry;
    const sound =
      entry.version === 1 &&
      Number.isSafeInteger(entry.sizeBytes) &&
      typeof entry.mtimeMs === "number" &&
      typeof entry.idempotencyKey === "string" &&
      (entry.upload === null ||
        (isUploadId(entry.upload.id) && entry.upload.runAlign >= 1 && entry.upload.maxRunChunks >= 1));
    return sound ? entry : undefined;
  } catch {
    return undefined;
  }
}
