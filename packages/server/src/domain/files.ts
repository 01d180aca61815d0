import { type FilesResponse, HawserError, limits } from "@hawser/protocol";
import type { Clock } from "../ports/clock.ts";
import type { Facts } from "../ports/facts.ts";
import type { Ledger, LedgerReader, Totals, UploadRecord } from "../ports/ledger.ts";
import { cutPage, readCursor } from "./cursor.ts";
import type { Changes } from "./events.ts";
import { readChunkPage } from "./pages.ts";
import type { Removal } from "./removal.ts";
import { findUpload, isDamaged, refuseEnded } from "./standing.ts";
import { applyChange } from "./transition.ts";
import { toFile } from "./views.ts";

export interface FilesParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly changes: Changes;
  readonly removal: Removal;
}

export interface Files extends Pick<Facts, "locateFile"> {
  /** A page of files, newest first. */
  files(owner: string, cursor: string | null): Promise<FilesResponse>;
  deleteFile(owner: string, id: string): Promise<void>;
  totals(owner: string): Promise<Totals>;
}

/** Completed uploads: the ledger alone says what is a file and whether it may be had. */
export function createFiles({ ledger, clock, changes, removal }: FilesParts): Files {
  /** @throws HawserError `not_found` for what never was a file, `gone` for what was deleted */
  async function findFile(reader: LedgerReader, owner: string, id: string): Promise<UploadRecord> {
    const record = await findUpload(reader, owner, id);
    if (record.state !== "completed") throw new HawserError("not_found");
    refuseEnded(record);
    return record;
  }

  return {
    locateFile(owner, id) {
      return ledger.read(async (reader) => {
        const record = await findFile(reader, owner, id);
        if (isDamaged(record)) {
          const { missing } = await readChunkPage(reader, record, 1);
          throw new HawserError("file_damaged", { missingChunks: missing ?? [] });
        }
        const isInBlobs = record.bytesIn === "blobs";
        const smallBody = isInBlobs ? null : ((await reader.smallBody(record.key)) ?? new Uint8Array(0));
        return { file: toFile(record), key: record.key, smallBody };
      });
    },

    async files(owner, cursor) {
      const limit = limits.maxFilesPerPage;
      const before = readCursor(cursor);
      const { page, next } = cutPage(await ledger.read((reader) => reader.files(owner, limit + 1, before)), limit);
      return { files: page.map(toFile), ...next };
    },

    async deleteFile(owner, id) {
      await changes.run("delete-file", async (tx) => {
        const record = await findFile(tx, owner, id);
        const at = clock.now();
        await applyChange(tx, record, { kind: "file_deleted", at, patch: { deletedAt: at, endedAt: at } });
      });
      removal.trigger();
    },

    totals(owner) {
      return ledger.read((reader) => reader.totals(owner));
    },
  };
}
