import { chmod, mkdir, open, readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { HawserError } from "@hawser/protocol";
import { Holders } from "./holders.ts";
import type { Journal, JournalRecord } from "./journal.ts";
import { type ParsedRecord, parseRecord } from "./record.ts";

/** Files that are worked on at the same time. */
const maxOpenFiles = 16;
/** A temporary file that is older belongs to a process that died while it wrote. */
const staleTemporaryMs = 86_400_000;
/** How often a record is claimed while others claim it too, and the longest first pause in between. */
const maxClaims = 12;
const claimPauseMs = 20;
/** Where records go that cannot be understood, below the journal's folder. */
const asideFolder = "unreadable";

const idPattern = /^[A-Za-z0-9_-]{1,128}$/;
const suffix = ".json";
const temporarySuffix = ".json.new";

/** A journal in a folder, which several processes may have open. Each record is carried by one of them at a time. */
export interface FileJournal extends Journal {
  /** What nobody else carries; it is carried here from now on. */
  load(): ReturnType<Journal["load"]>;
  /** All records, without carrying any; `holders` has those that another process carries, with its number. */
  peek(): Promise<{
    readonly records: readonly JournalRecord[];
    readonly unreadable: number;
    readonly holders: ReadonlyMap<string, number>;
  }>;
  /**
   * Carries these records here from now on, until the journal is closed.
   * @returns those that it does not: with the process that carries one, or null for one that is not there any more
   */
  claim(ids: readonly string[]): Promise<ReadonlyMap<string, number | null>>;
}

/**
 * A journal in a folder of its own (mode 0700): one JSON file a record, each replaced as a whole (written beside,
 * synced, renamed, folder synced). Changes that come while others are being written go together in one batch.
 * Records that cannot be understood are moved to `unreadable/`; those of a newer program are left alone. Records that
 * are put here are carried here until the journal is closed or the process ends; the folder has to lie on this machine
 * for others to see that.
 * @throws HawserError `internal` when the folder cannot be made, `storage_full` or `internal` from a write
 */
export async function openFileJournal(folder: string): Promise<FileJournal> {
  const path = resolve(folder);
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await chmod(path, 0o700);
    return new FolderJournal(path, await Holders.enter(path));
  } catch (cause) {
    throw failure(`The journal's folder ${path} cannot be used`, cause);
  }
}

function failure(what: string, cause: unknown): HawserError {
  if (cause instanceof HawserError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  const isFull = code === "ENOSPC" || code === "EDQUOT";
  return new HawserError(isFull ? "storage_full" : "internal", { detail: `${what}: ${message}.` }, { cause });
}

/** The last change to one record that is not written yet; a record of null removes it. */
interface Change {
  record: JournalRecord | null;
  readonly done: PromiseWithResolvers<void>;
}

class FolderJournal implements FileJournal {
  readonly isDurable = true;
  readonly #folder: string;
  readonly #holders: Holders;
  #waiting = new Map<string, Change>();
  #writing: Promise<void> | undefined;
  #isClosed = false;

  constructor(folder: string, holders: Holders) {
    this.#folder = folder;
    this.#holders = holders;
  }

  async load(): ReturnType<Journal["load"]> {
    const { records, unreadable } = await this.peek();
    const refused = await this.claim(records.map(({ id }) => id));
    return { records: records.filter(({ id }) => !refused.has(id)), unreadable };
  }

  async peek(): ReturnType<FileJournal["peek"]> {
    try {
      return await this.#peek();
    } catch (cause) {
      throw failure(`The journal in ${this.#folder} cannot be read`, cause);
    }
  }

  async #peek(): ReturnType<FileJournal["peek"]> {
    const names = await readdir(this.#folder);
    const stale = names.filter((name) => name.endsWith(temporarySuffix));
    await inParallel(stale, (name) => removeIfStale(join(this.#folder, name)));
    const records: JournalRecord[] = [];
    const holders = new Map<string, number>();
    let unreadable = 0;
    const kept = names.filter((name) => name.endsWith(suffix));
    await inParallel(kept, async (name) => {
      const parsed = await readRecord(join(this.#folder, name));
      if (parsed.kind === "record" && `${parsed.record.id}${suffix}` === name) {
        records.push(parsed.record);
        const process = await this.#holders.processOf(parsed.holder);
        if (process !== null) holders.set(parsed.record.id, process);
        return;
      }
      if (parsed.kind === "removed") return;
      unreadable++;
      if (parsed.kind !== "newer") await this.#setAside(name);
    });
    return { records, unreadable, holders };
  }

  async claim(ids: readonly string[]): ReturnType<FileJournal["claim"]> {
    const refused = new Map<string, number | null>();
    await inParallel(ids, async (id) => {
      for (let attempt = 1; ; attempt++) {
        const holder = await this.#claim(id);
        if (holder === "mine") return;
        // Two that come together may both have given way.
        const isOver = holder.isSettled || attempt === maxClaims;
        if (isOver) return void refused.set(id, holder.process);
        await delay(Math.random() * attempt * claimPauseMs);
      }
    });
    return refused;
  }

  /** Who carries it after this: this process, another one for sure, or perhaps another one that came at the same time. */
  async #claim(id: string): Promise<"mine" | { readonly process: number | null; readonly isSettled: boolean }> {
    const path = join(this.#folder, `${id}${suffix}`);
    const settled = (process: number | null) => ({ process, isSettled: true });
    const before = await readRecord(path);
    if (before.kind !== "record") return settled(null);
    if (before.holder === this.#holders.token) return "mine";
    const holder = await this.#holders.processOf(before.holder);
    if (holder !== null) return settled(holder);
    let outcome: "mine" | ReturnType<typeof settled> = "mine";
    const other = await this.#holders.alone(id, async () => {
      // Whoever was in here before may have carried it off, or to its end.
      const now = await readRecord(path);
      if (now.kind !== "record") outcome = settled(null);
      else {
        const since = await this.#holders.processOf(now.holder);
        if (since === null) await this.put(now.record);
        else outcome = settled(since);
      }
    });
    return other === null ? outcome : { process: other, isSettled: false };
  }

  put(record: JournalRecord): Promise<void> {
    return this.#change(record.id, structuredClone(record));
  }

  remove(id: string): Promise<void> {
    return this.#change(id, null);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#writing;
    await this.#holders.leave();
  }

  async #change(id: string, record: JournalRecord | null): Promise<void> {
    if (this.#isClosed) throw new HawserError("internal", { detail: "The journal was closed." });
    if (!idPattern.test(id)) throw new HawserError("invalid_request", { detail: "The id cannot name a record." });
    const change = this.#waiting.get(id) ?? { record, done: Promise.withResolvers<void>() };
    change.record = record;
    this.#waiting.set(id, change);
    this.#writing ??= this.#writeWaiting();
    await change.done.promise;
  }

  /** Writes batch after batch until nothing waits. Never rejects: each change hears of its own failure. */
  async #writeWaiting(): Promise<void> {
    // Whatever changes in this turn goes into the first batch.
    await Promise.resolve();
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting];
      this.#waiting = new Map();
      const written: Change[] = [];
      await inParallel(batch, async ([id, change]) => {
        try {
          await this.#write(id, change.record);
          written.push(change);
        } catch (cause) {
          change.done.reject(failure(`The journal's record ${id} cannot be written`, cause));
        }
      });
      await this.#syncFolder(written);
    }
    this.#writing = undefined;
  }

  async #write(id: string, record: JournalRecord | null): Promise<void> {
    const path = join(this.#folder, `${id}${suffix}`);
    if (record === null) return removeIfThere(path);
    const temporaryPath = join(this.#folder, `${id}${temporarySuffix}`);
    await using file = await open(temporaryPath, "w", 0o600);
    await file.writeFile(`${JSON.stringify({ ...record, holder: this.#holders.token })}\n`);
    await file.sync();
    await rename(temporaryPath, path);
  }

  async #syncFolder(written: readonly Change[]): Promise<void> {
    try {
      await using folder = await open(this.#folder, "r");
      await folder.sync();
      for (const { done } of written) done.resolve();
    } catch (cause) {
      const error = failure(`The journal's folder ${this.#folder} cannot be synced`, cause);
      for (const { done } of written) done.reject(error);
    }
  }

  /** What cannot even be moved stays where it is: it stops nobody, and is counted again the next time. */
  async #setAside(name: string): Promise<void> {
    try {
      await mkdir(join(this.#folder, asideFolder), { recursive: true, mode: 0o700 });
      await rename(join(this.#folder, name), join(this.#folder, asideFolder, name));
    } catch {
      return;
    }
  }
}

type ReadRecord =
  | Exclude<ParsedRecord, { readonly kind: "record" }>
  | { readonly kind: "removed" }
  /** `holder`: the token of whoever wrote it last. */
  | { readonly kind: "record"; readonly record: JournalRecord; readonly holder: string | undefined };

async function readRecord(path: string): Promise<ReadRecord> {
  try {
    const { holder, ...value } = JSON.parse(await readFile(path, "utf8"));
    const parsed = parseRecord(value);
    if (parsed.kind !== "record") return parsed;
    return { ...parsed, holder: typeof holder === "string" ? holder : undefined };
  } catch (error) {
    return { kind: (error as NodeJS.ErrnoException).code === "ENOENT" ? "removed" : "unreadable" };
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

async function removeIfStale(path: string): Promise<void> {
  try {
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > staleTemporaryMs) await unlink(path);
  } catch {
    // Renamed meanwhile by the process that writes it.
    return;
  }
}

/** Runs `work` for each item, `maxOpenFiles` at a time. */
async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const lane = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(maxOpenFiles, items.length) }, lane));
}
