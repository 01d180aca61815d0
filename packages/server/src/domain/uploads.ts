import { HawserError, type InitializeRequest, type InitializeResponse, limits, type Upload } from "@hawser/protocol";
import type { ByteKeeper } from "../ports/byte-keeper.ts";
import { type CreationParts, insertUpload, newUpload } from "./creation.ts";
import { describe } from "./description.ts";
import { endUpload } from "./ending.ts";
import { findKeyed, findOther, keyRequest } from "./idempotency.ts";
import { findUpload, refuseEnded } from "./standing.ts";
import { readView, toUpload } from "./views.ts";

export interface UploadsParts extends CreationParts {
  readonly bytes: ByteKeeper;
}

export interface Uploads {
  /** Begins an upload; `created` is false when the key found what an earlier request had begun. */
  initialize(
    owner: string,
    body: InitializeRequest,
    idempotencyKey: string | null,
  ): Promise<{ created: boolean; response: InitializeResponse }>;
  upload(owner: string, id: string): Promise<Upload>;
  /** Ends an active upload; its bytes go in the background. */
  cancel(owner: string, id: string): Promise<void>;
}

/** Begins, shows and cancels uploads. */
export function createUploads(parts: UploadsParts): Uploads {
  const { ledger, bytes, clock, createId, sha256, changes, keysInUse, removal, space, options } = parts;

  function toResponse(upload: Upload): InitializeResponse {
    const { maxRunChunks, maxLanes } = limits;
    return { ...upload, runAlign: bytes.runAlign, limits: { maxRunChunks, maxLanes, maxSize: options.maxSizeBytes } };
  }

  return {
    async initialize(owner, body, idempotencyKey) {
      const description = describe(body, options.maxSizeBytes);
      const keyed = keyRequest({ owner, route: "initialize", key: idempotencyKey, content: body }, sha256);
      return keysInUse.run(keyed, async () => {
        const known = await ledger.read(async (reader) => {
          let record = await findKeyed(reader, keyed);
          if (record === undefined && keyed !== null) record = await findOther(reader, keyed, description);
          return record === undefined ? undefined : await readView(reader, record, options.expiryMs);
        });
        if (known !== undefined) return { created: false, response: toResponse(known) };
        await space.ensure(description.sizeBytes ?? 0);
        const upload = newUpload(description, createId(), owner, clock.now());
        const record = await changes.run("initialize", (tx) => insertUpload(tx, upload, keyed));
        return { created: true, response: toResponse(toUpload(record, [], options.expiryMs)) };
      });
    },

    async upload(owner, id) {
      return ledger.read(async (reader) => {
        const record = await findUpload(reader, owner, id);
        // What failed, or was completed and then deleted, can still be looked at: it says why.
        if (record.state === "cancelled" || record.state === "expired") refuseEnded(record);
        return readView(reader, record, options.expiryMs);
      });
    },

    async cancel(owner, id) {
      await changes.run("cancel", async (tx) => {
        const record = await findUpload(tx, owner, id);
        if (record.state === "cancelled") return;
        refuseEnded(record);
        if (record.state !== "active") throw new HawserError("state_conflict", { state: record.state });
        await endUpload(tx, record, "cancelled", clock.now());
      });
      removal.trigger();
    },
  };
}
