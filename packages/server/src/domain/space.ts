import { HawserError } from "@hawser/protocol";
import type { ByteKeeper } from "../ports/byte-keeper.ts";
import type { Clock } from "../ports/clock.ts";

/** How old the answer about free space may be. */
const freshMs = 1_000;

/** Watches the free space of the storage. */
export interface Space {
  /**
   * @throws HawserError `storage_full` when `sizeBytes` more would leave less than the watermark
   */
  ensure(sizeBytes: number): Promise<void>;
}

/** @param minFreeBytes the watermark; null when nobody shall be refused */
export function createSpace(bytes: ByteKeeper, clock: Clock, minFreeBytes: number | null): Space {
  let answer: Promise<number | null> | undefined;
  let askedAt = 0;

  function ask(): Promise<number | null> {
    askedAt = clock.monotonic();
    return bytes.freeBytes().catch((error: unknown) => {
      answer = undefined;
      throw error;
    });
  }

  return {
    async ensure(sizeBytes) {
      if (minFreeBytes === null) return;
      if (answer === undefined || clock.monotonic() - askedAt >= freshMs) answer = ask();
      const freeBytes = await answer;
      if (freeBytes !== null && freeBytes - sizeBytes < minFreeBytes) throw new HawserError("storage_full");
    },
  };
}
