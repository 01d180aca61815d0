import {
  type File,
  type FinalizeRequest,
  HawserError,
  isSha256Hex,
  isTreeDigest,
  type Sha256,
  type Upload,
} from "@hawser/protocol";
import type { Clock } from "../ports/clock.ts";
import type { Ledger, UploadRecord } from "../ports/ledger.ts";
import type { Assembly } from "./assembly.ts";
import { compareFile } from "./completion.ts";
import { invalid } from "./description.ts";
import type { Changes } from "./events.ts";
import { startFinalize } from "./finalize-start.ts";
import type { ResolvedOptions } from "./options.ts";
import { readChunkPage } from "./pages.ts";
import { isSize } from "./sizes.ts";
import { countMissing, findUpload, isDamaged, refuseEnded } from "./standing.ts";
import { toFile, toUpload } from "./views.ts";

export interface FinalizeParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly changes: Changes;
  readonly assembly: Assembly;
  readonly options: ResolvedOptions;
}

/** 202 when the work goes on: repeat the call, or look at the upload. */
export type FinalizeResult =
  | { readonly status: 200; readonly file: File }
  | { readonly status: 202; readonly upload: Upload };

export interface Finalize {
  /** @param signal ends the waiting; the work goes on */
  finalize(owner: string, id: string, body: FinalizeRequest, signal?: AbortSignal): Promise<FinalizeResult>;
  completeIfWhole(owner: string, id: string): Promise<File | undefined>;
}

/** Turns an upload whose chunks are all acknowledged into a file. */
export function createFinalize(parts: FinalizeParts): Finalize {
  const { ledger, clock, sha256, changes, assembly, options } = parts;

  async function start(owner: string, id: string, body: FinalizeRequest): Promise<UploadRecord> {
    const found = await ledger.read((reader) => findUpload(reader, owner, id));
    refuseEnded(found);
    if (found.state !== "active") return found;
    return changes.run(body.sha256 === undefined ? "complete" : "begin-assembly", async (tx) => {
      const record = await findUpload(tx, owner, id);
      refuseEnded(record);
      return startFinalize(tx, record, body, { at: clock.now(), sha256, maxSizeBytes: options.maxSizeBytes });
    });
  }

  /** What is missing, as far as one page tells. */
  async function refuseMissing(record: UploadRecord, code: "chunks_missing" | "file_damaged"): Promise<never> {
    const page = await ledger.read((reader) => readChunkPage(reader, record, 1));
    throw new HawserError(code, { missingChunks: page.missing ?? [], partialChunks: page.partial });
  }

  function slowResult(record: UploadRecord): FinalizeResult {
    return { status: 202, upload: toUpload(record, [], options.expiryMs) };
  }

  return {
    async finalize(owner, id, body, signal) {
      checkClaim(body);
      let record = await start(owner, id, body);
      if (record.state === "active") return refuseMissing(record, "chunks_missing");
      compareFile(record, body);
      if (record.state === "assembling") {
        const done = await within(assembly.join(record), clock, options.slowAnswerMs, signal);
        if (done === undefined) return slowResult(record);
        record = done;
        if (record.state !== "completed") throw new HawserError("file_mismatch");
        compareFile(record, body);
      }
      if (isDamaged(record)) return refuseMissing(record, "file_damaged");
      return { status: 200, file: toFile(record) };
    },

    async completeIfWhole(owner, id) {
      const found = await ledger.read((reader) => findUpload(reader, owner, id));
      refuseEnded(found);
      if (found.state === "active" && countMissing(found) !== 0) return undefined;
      const record = await start(owner, id, {});
      return record.state === "completed" && !isDamaged(record) ? toFile(record) : undefined;
    },
  };
}

/** @throws HawserError `invalid_request` */
function checkClaim({ size, digest, sha256 }: FinalizeRequest): void {
  if (size !== undefined && !isSize(size)) throw invalid("size");
  if (digest !== undefined && !isTreeDigest(digest)) throw invalid("digest");
  if (sha256 !== undefined && !isSha256Hex(sha256)) throw invalid("sha256");
}

/** What `work` resolves with, or undefined when it takes longer than `delayMs`; it goes on then, its owner has it. */
async function within<T>(
  work: Promise<T>,
  clock: Clock,
  delayMs: number,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  const timer = new AbortController();
  const ends = signal === undefined ? timer.signal : AbortSignal.any([timer.signal, signal]);
  try {
    return await Promise.race([work, clock.sleep(delayMs, ends).then(() => undefined)]);
  } finally {
    timer.abort();
  }
}
