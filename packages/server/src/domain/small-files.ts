import { chunkLength, HawserError, type Sha256, toHex, treeRoot } from "@hawser/protocol";
import type { Clock, CreateId } from "../ports/clock.ts";
import type { Facts, OneShotRequest } from "../ports/facts.ts";
import type { Ledger, LedgerTransaction, UploadRecord } from "../ports/ledger.ts";
import { beginAssembly, complete } from "./completion.ts";
import { insertUpload, newUpload } from "./creation.ts";
import type { Changes } from "./events.ts";
import type { KeysInUse } from "./idempotency.ts";
import { findEarlier, type ReadOneShot, readOneShot, toOutcome } from "./one-shot-request.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Removal } from "./removal.ts";
import type { Space } from "./space.ts";

export interface SmallFilesParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly createId: CreateId;
  readonly sha256: Sha256;
  readonly changes: Changes;
  readonly keysInUse: KeysInUse;
  readonly removal: Removal;
  readonly space: Space;
  readonly options: ResolvedOptions;
}

/** Keeps small files in the ledger itself: body, receipts and facts in one transaction. */
export function createSmallFiles(parts: SmallFilesParts): Pick<Facts, "storeSmallFile"> {
  const { ledger, clock, createId, sha256, changes, keysInUse, removal, space, options } = parts;

  async function store(request: OneShotRequest, body: Uint8Array, read: ReadOneShot): Promise<UploadRecord> {
    const { description, keyed } = read;
    const asked = description.evidence.sha256 ?? null;
    if (asked !== null && asked !== toHex(sha256(body))) throw new HawserError("file_mismatch");
    await space.ensure(request.sizeBytes);
    const at = clock.now();
    const upload = newUpload(description, createId(), request.owner, at);
    const digest = toHex(treeRoot(request.digests, sha256));
    return changes.run("one-shot", async (tx) => {
      const created = await insertUpload(tx, upload, keyed);
      const filled = await insertBytes(tx, created, request, body);
      return complete(tx, await beginAssembly(tx, filled, at, asked), at, { digest, sha256: asked });
    });
  }

  return {
    async storeSmallFile(request, body) {
      const read = readOneShot(request, options.maxSizeBytes, sha256);
      return keysInUse.run(read.keyed, async () => {
        const earlier = await findEarlier(ledger, removal, read.keyed);
        if (earlier !== undefined) return toOutcome(earlier, false);
        return toOutcome(await store(request, body, read), true);
      });
    },
  };
}

/** An empty file has no bytes anywhere. */
async function insertBytes(
  tx: LedgerTransaction,
  record: UploadRecord,
  { digests, sizeBytes }: OneShotRequest,
  body: Uint8Array,
): Promise<UploadRecord> {
  if (sizeBytes === 0) return record;
  const receipts = digests.map((digest, i) => ({ chunk: i + 1, sizeBytes: chunkLength(i + 1, sizeBytes), digest }));
  await tx.insertReceipts(record.key, receipts);
  await tx.insertSmallBody(record.key, body);
  const patch = { receivedChunks: digests.length, receivedBytes: sizeBytes, bytesIn: "ledger" } as const;
  await tx.updateUpload(record.key, "active", patch);
  return { ...record, ...patch };
}
