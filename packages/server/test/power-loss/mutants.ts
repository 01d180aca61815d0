import { join } from "node:path";

/** Where the files of {@link Edit} are. */
export const sourceFolder = join(import.meta.dirname, "../../src");

/** A replacement of text that stands exactly once in a file. */
export interface Edit {
  /** Below {@link sourceFolder}. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** One durable step, or the order of two, taken away; the suite has to notice. */
export interface Mutant {
  /** Completes "without …". */
  readonly name: string;
  readonly edits: readonly Edit[];
  /** What is lost without it. */
  readonly why: string;
  /** The workload that is tried first, because it showed the loss before. Default: 1. */
  readonly seed?: number;
}

const diskStore = "adapters/disk/disk-store.ts";
const openFiles = "adapters/disk/open-files.ts";
const shardFolders = "adapters/disk/shard-folders.ts";
const committer = "bytes/committer.ts";
const storing = "bytes/storing.ts";
const volume = "bytes/volume.ts";

const syncMutants: readonly Mutant[] = [
  {
    name: "the sync of a file's bytes",
    edits: [
      { file: diskStore, find: "this.#trust(() => file.handle.syncData())", replace: "this.#trust(async () => {})" },
    ],
    why: "Acknowledged bytes are only in the page cache.",
  },
  {
    name: "the sync of a new file's entry",
    edits: [{ file: shardFolders, find: "    await sync(this.#inner(id));\n    if (this", replace: "    if (this" }],
    why: "The bytes are durable, and no name leads to them.",
  },
  {
    name: "the sync of the inner shard folder's entry",
    edits: [{ file: shardFolders, find: "      await sync(this.#outer(id));\n", replace: "" }],
    why: "The folder that holds the file is lost.",
  },
  {
    name: "the sync of the outer shard folder's entry",
    edits: [{ file: shardFolders, find: "      await sync(this.#root);\n", replace: "" }],
    why: "The folder that holds the folder is lost.",
  },
  {
    name: "the sync of the store's own entry",
    edits: [{ file: diskStore, find: "  await fileSystem.syncDirectory(dirname(root));\n", replace: "" }],
    why: "The whole store is lost.",
  },
  {
    name: "the sync after an unlink",
    edits: [
      {
        file: diskStore,
        find: "    await this.#trust(() => this.#folders.syncRemoval(id, this.#syncFolder));\n",
        replace: "",
      },
    ],
    why: "The ledger says that the bytes are gone, and they come back.",
  },
  {
    name: "syncing entries anew after a restart: a file that is there counts as durable",
    edits: [
      {
        file: openFiles,
        find: "    const handle = await this.#openHandle(id, create);\n",
        replace: `    const { fileSystem, folders } = this.#options;
    const probe = fileSystem.open(folders.filePath(id), { create: false });
    const isThere = await probe.then((found) => found.close()).then(() => true, () => false);
    const handle = await this.#openHandle(id, create);\n`,
      },
      { file: openFiles, find: "entryDurable: false", replace: "entryDurable: isThere" },
    ],
    why: "A process that was killed created the file and never synced its entry.",
  },
  {
    name: "syncing folders anew after a restart: a folder that is there counts as durable",
    edits: [
      { file: shardFolders, find: "new Uint8Array(1 << 8)", replace: "new Uint8Array(1 << 8).fill(1)" },
      { file: shardFolders, find: "new Uint8Array(1 << 16)", replace: "new Uint8Array(1 << 16).fill(1)" },
      {
        file: shardFolders,
        find: "  async create(id: string): Promise<void> {\n",
        replace: `  async create(id: string): Promise<void> {
    const there = async (path: string) => (await this.#namesIfAny(path.slice(0, -3))).includes(path.slice(-2));
    if (!(await there(this.#outer(id)))) this.#outerDurable[Number.parseInt(id.slice(0, 2), 16)] = 0;
    if (!(await there(this.#inner(id)))) this.#innerDurable[Number.parseInt(id.slice(0, 4), 16)] = 0;\n`,
      },
    ],
    why: "A process that was killed created the folder and never synced its entry.",
  },
];

const orderMutants: readonly Mutant[] = [
  {
    name: "syncing before the ledger commits",
    edits: [
      { file: committer, find: "if (await this.#sync(batch)) {", replace: "{" },
      {
        file: committer,
        find: "      batch.forEach((waiting, i) => {",
        replace: "      if (!(await this.#sync(batch))) return;\n      batch.forEach((waiting, i) => {",
      },
    ],
    why: "A receipt is durable before its bytes are.",
  },
  {
    name: "waiting for the commit before a chunk is answered",
    edits: [
      {
        file: committer,
        find: "const outcomes = await this.#facts.commit(batch.map((waiting) => waiting.entry));",
        replace: `const later = this.#facts.commit(batch.map((waiting) => waiting.entry));
      later.catch(() => undefined);
      const outcomes = batch.map(() => ({ result: "recorded", missingCount: null }) as const);`,
      },
    ],
    why: "An acknowledged chunk has no receipt.",
  },
  {
    name: "waiting for the commit before a change of state is answered",
    edits: [
      {
        file: "domain/events.ts",
        find: "const result = await ledger.transact(name, work);",
        replace: `const answered = Promise.withResolvers<Awaited<ReturnType<typeof work>>>();
      const later = ledger.transact(name, async (tx) => {
        const value = await work(tx);
        answered.resolve(value);
        return value;
      });
      later.catch(answered.reject);
      const result = await answered.promise;`,
      },
    ],
    why: "An upload that was begun, completed or ended is not.",
  },
  {
    name: "refusing what a failed sync did not cover",
    edits: [
      {
        file: committer,
        find: '      else this.#refuse(batch, "a data sync failed", error);\n      return false;',
        replace: "      return error !== undefined;",
      },
    ],
    why: "Receipts stand for bytes that never became durable.",
  },
  {
    name: "fencing the volume after a failed sync",
    edits: [
      { file: diskStore, find: "      this.#failure ??= { cause: error };\n", replace: "" },
      { file: volume, find: "    this.#reason = reason;\n", replace: "" },
    ],
    why: "The next sync succeeds, and the bytes that the failed one lost stay lost.",
  },
  {
    name: "remembering a sync that failed when a file was closed",
    edits: [
      {
        file: openFiles,
        find: "if (settles && file.unsynced) await this.#options.settle(file);",
        replace: "if (settles && file.unsynced) await file.handle.syncData().catch(() => undefined);",
      },
    ],
    why: "The system tells of it once; a handle that was opened later hears of nothing.",
    seed: 107,
  },
  {
    name: "syncing a file before it is closed with un-synced bytes",
    edits: [
      {
        file: openFiles,
        find: "if (settles && file.unsynced) await this.#options.settle(file);",
        replace: "if (settles && false) await this.#options.settle(file);",
      },
    ],
    why: "A failed write-back is told only to handles that were open.",
    seed: 119,
  },
  {
    name: "trying a failed sync only once",
    edits: [
      {
        file: committer,
        find: "if (failures.length > 0) throw failures.find((failure) => !isUntried(failure)) ?? failures[0];",
        replace: "if (failures.length > 0) await Promise.all(ids.map((id) => this.#store.sync(id)));",
      },
      { file: diskStore, find: "      this.#failure ??= { cause: error };\n", replace: "" },
    ],
    why: "The second sync succeeds, and proves nothing.",
    seed: 7,
  },
  {
    name: "leaving slots alone once the volume is fenced",
    edits: [{ file: storing, find: "    this.#parts.volume.assertOpen();\n", replace: "" }],
    why: "A commit that failed is found durable at the next start, and a twin has written over the bytes it stands for.",
    seed: 197,
  },
  {
    name: "refusing what a failed ledger commit did not record",
    edits: [
      {
        file: committer,
        find: '        this.#refuse(batch, "a ledger commit failed", error);',
        replace: '        for (const one of batch) one.resolve({ result: "recorded", missingCount: null });',
      },
    ],
    why: "A chunk is acknowledged without a receipt.",
    seed: 10,
  },
];

const rangeMutants: readonly Mutant[] = [
  {
    name: "reading the facts again once the slot is claimed",
    edits: [
      {
        file: storing,
        find: "      const known = await this.slotFacts(gather.chunk);\n      if (known.digest !== null)\n        return",
        replace:
          "      const known: SlotFacts = { digest: null, prefixBytes: gather.chunk.prefixBytes };\n      if (known.digest !== null)\n        return",
      },
    ],
    why: "A late twin with other bytes writes over acknowledged ones.",
  },
  {
    name: "asking what was committed since before the run was admitted",
    edits: [
      {
        file: "bytes/byte-room.ts",
        find: "      const mark = upload.slots.mark();\n      const admission = await facts.admitRun(request);\n",
        replace: "      const admission = await facts.admitRun(request);\n      const mark = upload.slots.mark();\n",
      },
    ],
    why: "What was committed between the two is written over.",
    seed: 81,
  },
  {
    name: "one writer a slot",
    edits: [
      {
        file: "bytes/slots.ts",
        find: 'while (slot.holder?.kind === "whole") {',
        replace: "while (slot.waiters.length > 9) {",
      },
    ],
    why: "Two requests write one slot at once, and one of them is acknowledged.",
  },
  {
    name: "waiting for the write of whoever is overtaken",
    edits: [{ file: "bytes/slots.ts", find: "      await overtaken.outstanding;\n", replace: "" }],
    why: "A piece that was on its way lands in an acknowledged chunk.",
    seed: 29,
  },
  {
    name: "dropping a prefix before its bytes are overwritten",
    edits: [
      {
        file: storing,
        find: "      else await this.#dropPrefix(chunk);\n    }\n    if (from",
        replace: "    }\n    if (from",
      },
    ],
    why: "The ledger vouches for a prefix whose bytes are being replaced.",
    seed: 115,
  },
  {
    name: "dropping a prefix before a longer one replaces it",
    edits: [
      {
        file: storing,
        find: "        await this.#dropPrefix(chunk);\n      }\n      const from",
        replace: "      }\n      const from",
      },
    ],
    why: "The ledger vouches for a prefix whose bytes are being replaced.",
    seed: 48,
  },
  {
    name: "waiting until a dropped prefix is durably dropped",
    edits: [
      {
        file: "domain/commits.ts",
        find: 'await ledger.transact("drop-prefix", (tx) => tx.deletePrefixes(key, [chunk]));',
        replace: 'ledger.transact("drop-prefix", (tx) => tx.deletePrefixes(key, [chunk])).catch(() => undefined);',
      },
    ],
    why: "Power fails while the bytes are replaced and the ledger still vouches for the old ones.",
    seed: 58,
  },
];

const endMutants: readonly Mutant[] = [
  {
    name: "making a cancellation durable before its bytes are removed",
    edits: [
      {
        file: "domain/uploads.ts",
        find: '      await changes.run("cancel", async (tx) => {',
        replace: '      await bytes.discard(id);\n      await changes.run("cancel", async (tx) => {',
      },
    ],
    why: "The upload is active again, and its acknowledged chunks are gone.",
  },
  {
    name: "making an expiry durable before its bytes are removed",
    edits: [
      {
        file: "domain/sweep.ts",
        find: '    return changes.run("expire"',
        replace: '    for (const { id } of idle) await parts.bytes.discard(id);\n    return changes.run("expire"',
      },
    ],
    why: "The upload is active again, and its acknowledged chunks are gone.",
    seed: 21,
  },
  {
    name: "removing bytes before the ledger says that they are gone",
    edits: [
      {
        file: "domain/removal.ts",
        find: '    if (record.bytesIn === "blobs") await bytes.discard(id);\n',
        replace: "",
      },
      {
        file: "domain/removal.ts",
        find: '{ bytesIn: "none" }));\n        return true;',
        replace: '{ bytesIn: "none" }));\n        await bytes.discard(id);\n        return true;',
      },
    ],
    why: "Nobody looks for bytes that the ledger calls gone.",
  },
  {
    name: "waiting for the requests in flight before bytes are removed",
    edits: [
      { file: "bytes/byte-room.ts", find: '      await uploads.end(id, new HawserError("gone"));\n', replace: "" },
    ],
    why: "A write after the removal brings the file back, and nobody looks for it.",
    seed: 15,
  },
  {
    name: "the recovery of uploads that were being assembled",
    edits: [
      {
        file: "domain/domain.ts",
        find: "recover: () => recoverAssembling(ledger, assembly, background)",
        replace: "recover: async () => {}",
      },
    ],
    why: "They stay neither active nor a file.",
    seed: 40,
  },
  {
    name: "waiting for the receipts before a file is complete",
    edits: [
      {
        file: "domain/finalize-start.ts",
        find: "  if (countMissing(record) !== 0) return record;\n",
        replace: "",
      },
      {
        file: "domain/finalize.ts",
        find: 'found.state === "active" && countMissing(found) !== 0',
        replace: "false",
      },
    ],
    why: "A file has holes.",
    seed: 6,
  },
  {
    name: "one transaction for a small file's body and its completion",
    edits: [
      {
        file: "domain/small-files.ts",
        find: "await insertBytes(tx, file.key, request, body);\n",
        replace: `{
        await insertBytes(tx, file.key, request);
        const later = async () => {
          await ledger.transact("one-shot", (next) => next.insertSmallBody(file.key, body));
        };
        void Promise.resolve().then(later);
      }\n`,
      },
      { file: "domain/small-files.ts", find: "  await tx.insertSmallBody(key, body);\n", replace: "" },
      {
        file: "domain/small-files.ts",
        find: "OneShotRequest,\n  body: Uint8Array,\n): Promise<void>",
        replace: "OneShotRequest,\n): Promise<void>",
      },
    ],
    why: "A file is served before its bytes are durable.",
  },
];

export const mutants: readonly Mutant[] = [...syncMutants, ...orderMutants, ...rangeMutants, ...endMutants];
