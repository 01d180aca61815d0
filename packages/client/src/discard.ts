import { HawserError } from "@hawser/protocol";
import { type InsistParts, insist } from "./insist.ts";
import type { JournalRecord } from "./journal/journal.ts";
import { initializeRequest } from "./records.ts";
import type { UploadParts } from "./upload.ts";

/**
 * Ends an upload on the server, as far as that can be reached; what stays there expires.
 * @returns whether the server has said so
 */
export async function discardUpload(
  record: JournalRecord,
  parts: Pick<UploadParts, "api"> & InsistParts,
  signal: AbortSignal,
): Promise<boolean> {
  const { api } = parts;
  const discard = async () => {
    // Where the answer of initialize was lost, the key tells which upload it began.
    const id = record.upload?.id ?? (await api.initialize(initializeRequest(record), record.idempotencyKey, signal)).id;
    await api.cancel(id, signal);
  };
  return insist(discard, parts, signal).then(
    () => true,
    (thrown) => HawserError.from(thrown).retry === "restart",
  );
}
