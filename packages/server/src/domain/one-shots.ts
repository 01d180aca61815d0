import { HawserError, toHex } from "@hawser/protocol";
import type { ByteKeeper } from "../ports/byte-keeper.ts";
import type { Facts } from "../ports/facts.ts";
import type { LedgerTransaction, UploadRecord } from "../ports/ledger.ts";
import { beginAssembly, complete, readDigest } from "./completion.ts";
import { type CreationParts, insertUpload, newUpload } from "./creation.ts";
import { endUpload } from "./ending.ts";
import { findEarlier, readOneShot, toOutcome } from "./one-shot-request.ts";
import { countMissing, findUpload, refuseEnded } from "./standing.ts";

export interface OneShotsParts extends CreationParts {
  readonly bytes: ByteKeeper;
}

/**
 * One-shot files whose bodies go to the blob store: an upload that begins and ends within one request. Two requests
 * with the same key that run at once fill the same upload; chunks commute, so both get the same file.
 */
export function createOneShots(parts: OneShotsParts): Pick<Facts, "beginOneShot" | "finishOneShot" | "abandonOneShot"> {
  const { ledger, bytes, clock, createId, sha256, changes, keysInUse, removal, space, options } = parts;

  async function abandon(owner: string, id: string): Promise<void> {
    await changes.run("cancel", async (tx) => {
      const record = await findUpload(tx, owner, id);
      if (record.state === "active") await endUpload(tx, record, "cancelled", clock.now());
    });
    removal.trigger();
  }

  /** At most 8 MiB are read, within the request; @throws HawserError `file_mismatch`, and nothing is kept. */
  async function checkPlainDigest({ owner, id, sizeBytes }: UploadRecord, asked: string): Promise<void> {
    if (toHex(await bytes.hashWhole(id, sizeBytes as number)) === asked) return;
    await abandon(owner, id);
    throw new HawserError("file_mismatch");
  }

  async function finish(tx: LedgerTransaction, record: UploadRecord, asked: string | null): Promise<UploadRecord> {
    if (countMissing(record) !== 0) throw new HawserError("chunks_missing");
    const at = clock.now();
    const digest = await readDigest(tx, record, sha256);
    return complete(tx, await beginAssembly(tx, record, at, asked), at, { digest, sha256: asked });
  }

  return {
    async beginOneShot(request) {
      const { description, keyed } = readOneShot(request, options.maxSizeBytes, sha256);
      return keysInUse.run(keyed, async () => {
        const earlier = await findEarlier(ledger, removal, { description, keyed });
        if (earlier?.state === "active") return { kind: "receive", id: earlier.id, key: earlier.key };
        if (earlier !== undefined) return { kind: "done", outcome: toOutcome(earlier, false) };
        await space.ensure(request.sizeBytes);
        const upload = newUpload(description, createId(), request.owner, clock.now());
        const { id, key } = await changes.run("initialize", (tx) => insertUpload(tx, upload, keyed));
        return { kind: "receive", id, key };
      });
    },

    async finishOneShot(owner, id) {
      const sent = await ledger.read((reader) => findUpload(reader, owner, id));
      const asked = sent.evidence.sha256 ?? null;
      const isSent = sent.state === "active" && countMissing(sent) === 0;
      if (isSent && asked !== null) await checkPlainDigest(sent, asked);
      let created = false;
      const record = await changes.run("one-shot", async (tx) => {
        const current = await findUpload(tx, owner, id);
        refuseEnded(current);
        created = current.state === "active";
        return created ? finish(tx, current, asked) : current;
      });
      return toOutcome(record, created);
    },

    abandonOneShot: abandon,
  };
}
