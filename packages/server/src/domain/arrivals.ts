import { countChunks, limits, type ManifestResponse, type ResumeResponse, toHex } from "@hawser/protocol";
import type { Ledger } from "../ports/ledger.ts";
import type { ResolvedOptions } from "./options.ts";
import { checkFrom, readChunkPage } from "./pages.ts";
import { findUpload, refuseEnded } from "./standing.ts";
import { expiryOf } from "./views.ts";

export interface Arrivals {
  /**
   * One page of what has arrived, from chunk `from`; received and missing ranges together cover it exactly.
   * `next`, where there is one, is where the next page starts.
   */
  resume(owner: string, id: string, from: number): Promise<ResumeResponse>;
  /** One page of the digests of all acknowledged chunks, from chunk `from`. */
  manifest(owner: string, id: string, from: number): Promise<ManifestResponse>;
}

/** Tells what has arrived of an upload, page by page. Takes no lock: every page is a snapshot of what is durable. */
export function createArrivals(ledger: Ledger, options: ResolvedOptions): Arrivals {
  return {
    async resume(owner, id, from) {
      checkFrom(from);
      return ledger.read(async (reader) => {
        const record = await findUpload(reader, owner, id);
        refuseEnded(record);
        const page = await readChunkPage(reader, record, from);
        return {
          state: record.state,
          size: record.sizeBytes,
          totalChunks: record.sizeBytes === null ? null : countChunks(record.sizeBytes),
          receivedBytes: record.receivedBytes,
          receivedChunks: page.received,
          missingChunks: page.missing,
          partialChunks: page.partial,
          expiresAt: expiryOf(record, options.expiryMs),
          ...(page.next === null ? {} : { next: page.next }),
        };
      });
    },

    async manifest(owner, id, from) {
      checkFrom(from);
      const limit = limits.maxReceiptsPerPage;
      const receipts = await ledger.read(async (reader) => {
        const record = await findUpload(reader, owner, id);
        refuseEnded(record);
        return reader.receipts(record.key, from, Number.MAX_SAFE_INTEGER, limit + 1);
      });
      const next = receipts[limit]?.chunk;
      return {
        chunks: receipts.slice(0, limit).map(({ chunk, digest }) => [chunk, toHex(digest)]),
        ...(next === undefined ? {} : { next }),
      };
    },
  };
}
