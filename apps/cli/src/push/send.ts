import {
  chunksIn,
  countInRanges,
  HawserError,
  missingRanges,
  normalizeRanges,
  type Ranges,
  runLength,
} from "@hawser/protocol";
import type { Api } from "../remote/api.ts";
import { isPassing } from "../remote/backoff.ts";
import type { Report } from "./events.ts";
import type { Run, RunQueue } from "./plan.ts";
import type { Source } from "./source.ts";

/** How often one chunk may arrive damaged before the line, or this computer's memory, is given up. */
const maxRejections = 5;

/** One buffer a lane, as long as its runs: the bound of what a push keeps in memory. */
export class LaneBuffers {
  readonly count: number;
  readonly #buffers: Uint8Array[] = [];

  constructor(count: number) {
    this.count = count;
  }

  get(lane: number, sizeBytes: number): Uint8Array {
    const kept = this.#buffers[lane];
    if (kept !== undefined && kept.length >= sizeBytes) return kept;
    const buffer = Buffer.allocUnsafeSlow(sizeBytes);
    this.#buffers[lane] = buffer;
    return buffer;
  }
}

export interface SendJob {
  readonly api: Api;
  readonly uploadId: string;
  readonly source: Source;
  readonly queue: RunQueue;
  readonly buffers: LaneBuffers;
  /** Length of the longest run. */
  readonly runBytes: number;
  readonly signal: AbortSignal;
  readonly report: Report;
  /** Called with each set of chunks that the server has confirmed, and their bytes. */
  readonly onConfirmed: (sizeBytes: number) => void;
}

/**
 * Sends what the queue holds, each lane taking the next run. Damaged chunks are read and sent again at once. After
 * any other trouble no lane starts another run; those on their way end by themselves.
 * @throws what went wrong; of several, what cannot be mended by trying again
 */
export async function sendRuns(job: SendJob): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([job.signal, stop.signal]);
  const rejections = new Map<number, number>();
  const failures: unknown[] = [];
  const runLane = async (lane: number) => {
    try {
      while (failures.length === 0) {
        const next = job.queue.take();
        if (next === undefined) return;
        const rejected = await sendRun(job, next.run, next.offsetBytes, job.buffers.get(lane, job.runBytes), signal);
        countRejections(rejections, rejected);
        for (const range of rejected) job.queue.putBack(range);
      }
    } catch (error) {
      failures.push(error);
      if (!isPassing(error)) stop.abort(error);
    }
  };
  await Promise.all(Array.from({ length: job.buffers.count }, (_, lane) => runLane(lane)));
  if (failures.length > 0) throw failures.find((failure) => !isPassing(failure)) ?? failures[0];
}

/** Sends one run; returns the chunks that arrived damaged. */
async function sendRun(job: SendJob, run: Run, offsetBytes: number, buffer: Uint8Array, signal: AbortSignal) {
  const [first, last] = run;
  const { bytes, digests } = await job.source.readRun(run, buffer);
  try {
    await job.api.sendRun(
      job.uploadId,
      {
        run,
        offsetBytes,
        bytes: bytes.subarray(offsetBytes),
        digests,
        onSent: (sent) => job.report({ event: "sent", bytes: sent }),
      },
      signal,
    );
    job.onConfirmed(bytes.length);
    return [];
  } catch (error) {
    if (!(error instanceof HawserError) || error.retry !== "resend") throw error;
    const held = normalizeRanges([...(error.details.receipts ?? []), ...(error.details.skipped ?? [])]);
    const rejected = missingRanges(held, first, last);
    job.onConfirmed(bytes.length - sizeOf(rejected, job.source.sizeBytes));
    job.report({ event: "resending", chunks: countInRanges(rejected) });
    return rejected;
  }
}

function sizeOf(ranges: Ranges, fileSizeBytes: number): number {
  return ranges.reduce((sum, [first, last]) => sum + runLength(first, last, fileSizeBytes), 0);
}

function countRejections(rejections: Map<number, number>, rejected: Ranges): void {
  for (const chunk of chunksIn(rejected)) {
    const count = (rejections.get(chunk) ?? 0) + 1;
    if (count >= maxRejections) {
      throw new HawserError("file_mismatch", { detail: `Chunk ${chunk} arrived damaged ${count} times.` });
    }
    rejections.set(chunk, count);
  }
}
