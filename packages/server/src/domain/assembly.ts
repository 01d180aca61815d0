import { HawserError, type Sha256, toHex } from "@hawser/protocol";
import type { ByteKeeper } from "../ports/byte-keeper.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ledger, UploadRecord } from "../ports/ledger.ts";
import type { Background } from "./background.ts";
import { complete, reactivate, readDigest } from "./completion.ts";
import type { Changes } from "./events.ts";
import type { Gate } from "./gate.ts";

export interface AssemblyParts {
  readonly ledger: Ledger;
  readonly bytes: ByteKeeper;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly changes: Changes;
  readonly background: Background;
  /** Bounds how many files are read as a whole at a time. */
  readonly wholeFiles: Gate;
}

/** Brings uploads in `assembling` on: to completed, or back to active. */
export interface Assembly {
  /** The work for this upload, begun now unless it runs already; resolves with what the upload is then. */
  join(record: UploadRecord): Promise<UploadRecord>;
}

export function createAssembly(parts: AssemblyParts): Assembly {
  const { ledger, bytes, clock, sha256, changes, background, wholeFiles } = parts;
  /** Bounded by the gate: one more than may wait is refused at once. */
  const running = new Map<string, Promise<UploadRecord>>();

  async function assemble({ id, sizeBytes, sha256: asked }: UploadRecord): Promise<UploadRecord> {
    let stored: Uint8Array;
    try {
      stored = await wholeFiles(() => untilAborted(bytes.hashWhole(id, sizeBytes as number), background.signal));
    } catch (error) {
      // Somebody else's assembly may have ended first, and the bytes with it; then that is the news.
      const now = await ledger.read((reader) => reader.anyUpload(id));
      if (now !== undefined && now.state !== "assembling") return now;
      throw error;
    }
    const found = toHex(stored);
    const isRight = asked === null || asked === found;
    return changes.run(isRight ? "complete" : "reactivate", async (tx) => {
      const record = await tx.anyUpload(id);
      if (record === undefined) throw new HawserError("not_found");
      if (record.state !== "assembling") return record;
      if (!isRight) return reactivate(tx, record, clock.now());
      return complete(tx, record, clock.now(), { digest: await readDigest(tx, record, sha256), sha256: found });
    });
  }

  return {
    join(record) {
      const known = running.get(record.id);
      if (known !== undefined) return known;
      const work = assemble(record).finally(() => running.delete(record.id));
      running.set(record.id, work);
      background.own(work);
      return work;
    },
  };
}

/** Stops waiting when the server stops; the upload stays in assembling and is brought on at the next start. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(new HawserError("unavailable", { retryAfterSeconds: 5 }));
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, stopped.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
