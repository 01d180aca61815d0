import { HawserError } from "@hawser/protocol";
import type { JournalRecord } from "./journal/journal.ts";
import { initializeRequest } from "./records.ts";
import { backoffDelayMs } from "./retry.ts";
import type { UploadParts } from "./upload.ts";

const maxAttempts = 3;

/**
 * Ends an upload on the server, as far as that can be reached; what stays there expires.
 * @returns whether the server has said so
 */
export async function discardUpload(
  record: JournalRecord,
  { api, platform, options }: UploadParts,
  signal: AbortSignal,
): Promise<boolean> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    try {
      // Where the answer of initialize was lost, the key tells which upload it began.
      const id =
        record.upload?.id ?? (await api.initialize(initializeRequest(record), record.idempotencyKey, signal)).id;
      await api.cancel(id, signal);
      return true;
    } catch (thrown) {
      const error = HawserError.from(thrown);
      if (signal.aborted || error.retry !== "retry") return error.retry === "restart";
      await platform.sleep(backoffDelayMs(attempt, platform.random(), options), signal).catch(() => undefined);
    }
  }
  return false;
}
