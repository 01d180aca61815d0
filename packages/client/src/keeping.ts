import { HawserError } from "@hawser/protocol";
import { Database } from "./journal/database.ts";
import { indexedDbJournal } from "./journal/indexed-db.ts";
import type { Journal } from "./journal/journal.ts";
import { SharedMemory } from "./journal/shared-memory.ts";
import { tolerantJournal } from "./journal/tolerant.ts";
import type { Platform } from "./platform.ts";
import { BlobSource } from "./source/blob.ts";
import type { FileHandle } from "./source/file-handle.ts";
import { openHandle } from "./source/handle.ts";
import type { Keeper } from "./source/keeper.ts";
import type { Source, SourceFacts, SourceOrigin } from "./source/source.ts";
import { Copying } from "./spool/copying.ts";
import { DatabaseSpool } from "./spool/database-spool.ts";
import { OpfsSpool } from "./spool/opfs.ts";
import { findOrphans } from "./spool/orphans.ts";
import type { Spool } from "./spool/spool.ts";
import { Standing } from "./standing.ts";
import type { OpenSource } from "./uploader-api.ts";

/** What is used of the browser's storage, so that nothing else of the DOM is needed. */
interface StorageScope {
  readonly navigator: {
    readonly storage?: {
      estimate?(): Promise<{ readonly quota?: number }>;
      persist?(): Promise<boolean>;
    };
  };
}

/** A browser that has not opened its database by then is taken as one that has none. */
const openTimeoutMs = 10_000;
const defaultMaxSpoolBytes = 2 * 1_073_741_824;

export interface KeepingOptions {
  /** Names the database and the folder of copies. */
  readonly name: string;
  /** Names this opening of the journal. */
  readonly holder: string;
  /** Handles whose record is not durable yet, by `handleId`. */
  readonly handles: Map<string, FileHandle>;
  readonly maxSpoolBytes: number | undefined;
  readonly platform: Platform;
}

export interface Keeping {
  readonly journal: Journal;
  readonly keeper: Keeper;
  readonly openSource: OpenSource;
}

/**
 * What a browser has to remember uploads with: the journal, handles of files and copies of them. Where it has no
 * database all is kept in memory, which the standing tells.
 */
export async function openKeeping(options: KeepingOptions): Promise<Keeping> {
  const standing = new Standing();
  const database = new Database(options.name);
  try {
    await inTime(database.open(), options.platform);
    standing.change({ isDurable: true });
    return inDatabase(database, standing, options);
  } catch (thrown) {
    standing.trouble(HawserError.from(thrown));
    await database.close();
    return inMemory(standing, options.holder);
  }
}

async function inTime(opening: Promise<void>, { sleep }: Platform): Promise<void> {
  const end = new AbortController();
  const late = sleep(openTimeoutMs, end.signal).then(() => {
    throw new HawserError("internal", { detail: "The browser's database does not open." });
  });
  await Promise.race([opening, late]).finally(() => end.abort());
}

function inMemory(standing: Standing, holder: string): Keeping {
  return {
    journal: new SharedMemory().open(holder),
    keeper: keeperOf(standing, () => undefined),
    openSource: async () => null,
  };
}

function inDatabase(database: Database, standing: Standing, options: KeepingOptions): Keeping {
  const { name, holder, handles, platform, maxSpoolBytes = defaultMaxSpoolBytes } = options;
  const openedAt = platform.now();
  const storage = (globalThis as unknown as StorageScope).navigator.storage;
  const spools = [new DatabaseSpool(database, () => platform.now()), new OpfsSpool(`${name}-spool`)];
  const trouble = (error: HawserError) => standing.trouble(error);
  const copying = new Copying({
    spools,
    createId: () => platform.createId(),
    limitBytes: async () => {
      const { quota = Number.POSITIVE_INFINITY } = (await storage?.estimate?.()) ?? {};
      return Math.min(maxSpoolBytes, quota / 2);
    },
    onBytes: (spoolBytes) => standing.change({ spoolBytes }),
    onTrouble: trouble,
  });
  const rows = indexedDbJournal(database, { holder, handles, onDropped: (spoolId) => void copying.dropped(spoolId) });
  const persist = () =>
    void storage?.persist?.().then(
      (isPersisted) => standing.change({ isPersisted }),
      () => undefined,
    );
  const journal = tolerantJournal(rows, {
    onFirstPut: persist,
    onTrouble: trouble,
    onDurable: (isDurable) => standing.change({ isDurable }),
  });
  const swept = sweep(spools, copying, rows, { holder, openedAt }).catch((thrown) => trouble(HawserError.from(thrown)));
  return {
    journal: {
      ...journal,
      close: async () => {
        await swept;
        await copying.close();
        await journal.close();
      },
    },
    keeper: keeperOf(standing, (job) => copying.add(job)),
    openSource: (origin, facts, mayAsk) => openKept(origin, facts, mayAsk, database, spools),
  };
}

function keeperOf(standing: Standing, copy: (job: Parameters<Keeper["keep"]>[0]) => void): Keeper {
  return {
    get standing() {
      return standing.now;
    },
    onChange: (listener) => standing.onChange(listener),
    keep: (job) =>
      void job.journaled.then(
        () => job.source.origin === null && copy(job),
        () => undefined,
      ),
  };
}

async function sweep(
  spools: readonly Spool[],
  copying: Copying,
  { shared }: Journal,
  opening: Parameters<typeof findOrphans>[2],
): Promise<void> {
  for (const spool of spools) {
    const copies = await spool.list();
    const { kept } = (await shared?.peek()) ?? { kept: [] };
    const orphans = new Set(findOrphans(copies, kept, opening));
    for (const copy of copies) {
      if (orphans.has(copy)) await spool.remove(copy.spoolId);
      else copying.found(copy.spoolId, copy.sizeBytes);
    }
  }
}

async function openKept(
  origin: SourceOrigin,
  facts: SourceFacts,
  mayAsk: boolean,
  database: Database,
  spools: readonly Spool[],
): Promise<Source | null> {
  const { name, contentType } = facts;
  if (origin.kind === "spool") {
    for (const spool of spools) {
      const blob = await spool.open(origin.spoolId);
      // The browser may have lost a part of it.
      if (blob?.size === facts.sizeBytes) return new BlobSource(blob, facts, origin);
    }
    return null;
  }
  if (origin.kind !== "handle") return null;
  const handle = await database.read(["handles"], (reading) => reading.objectStore("handles").get(origin.handleId));
  if (handle === undefined) return null;
  let leave = (await handle.queryPermission?.({ mode: "read" })) ?? "granted";
  if (leave === "prompt" && mayAsk) leave = (await handle.requestPermission?.({ mode: "read" })) ?? leave;
  return leave === "granted" ? openHandle(handle, origin, { name, contentType }) : null;
}
