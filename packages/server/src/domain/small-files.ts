import { chunkLength, HawserError, toHex, treeRoot } from "@hawser/protocol";
import type { Facts, OneShotRequest } from "../ports/facts.ts";
import type { LedgerTransaction, UploadRecord } from "../ports/ledger.ts";
import { type CreationParts, insertFile, newUpload, type Received } from "./creation.ts";
import { bindKey } from "./idempotency.ts";
import { findEarlier, type ReadOneShot, readOneShot, toOutcome } from "./one-shot-request.ts";

/** Keeps small files in the ledger itself: body, receipts and facts in one transaction. */
export function createSmallFiles(parts: CreationParts): Pick<Facts, "storeSmallFile"> {
  const { ledger, clock, createId, sha256, changes, keysInUse, removal, space, options } = parts;

  async function store(request: OneShotRequest, body: Uint8Array, read: ReadOneShot): Promise<UploadRecord> {
    const { description, keyed } = read;
    const asked = description.evidence.sha256 ?? null;
    if (asked !== null && asked !== toHex(sha256(body))) throw new HawserError("file_mismatch");
    await space.ensure(request.sizeBytes);
    const upload = newUpload(description, createId(), request.owner, clock.now());
    const proof = { digest: toHex(treeRoot(request.digests, sha256)), sha256: asked };
    return changes.run("one-shot", async (tx) => {
      const file = await insertFile(tx, upload, toReceived(request), proof);
      await bindKey(tx, keyed, file.id);
      if (file.bytesIn === "ledger") await insertBytes(tx, file.key, request, body);
      return file;
    });
  }

  return {
    async storeSmallFile(request, body) {
      const read = readOneShot(request, options.maxSizeBytes, sha256);
      return keysInUse.run(read.keyed, async () => {
        const earlier = await findEarlier(ledger, removal, read);
        if (earlier !== undefined) return toOutcome(earlier, false);
        return toOutcome(await store(request, body, read), true);
      });
    },
  };
}

/** An empty file has no bytes anywhere. */
function toReceived({ digests, sizeBytes }: OneShotRequest): Received {
  return { receivedChunks: digests.length, receivedBytes: sizeBytes, bytesIn: sizeBytes === 0 ? "none" : "ledger" };
}

async function insertBytes(
  tx: LedgerTransaction,
  key: number,
  { digests, sizeBytes }: OneShotRequest,
  body: Uint8Array,
): Promise<void> {
  const receipts = digests.map((digest, i) => ({ chunk: i + 1, sizeBytes: chunkLength(i + 1, sizeBytes), digest }));
  await tx.insertReceipts(key, receipts);
  await tx.insertSmallBody(key, body);
}
