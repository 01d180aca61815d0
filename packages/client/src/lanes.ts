import { chunksIn, HawserError, missingRanges, type Ranges } from "@hawser/protocol";
import type { Api } from "./api.ts";
import type { Leaves } from "./leaves.ts";
import { alignRanges, ChunkSet, nextRunChunks } from "./plan.ts";
import type { Progress } from "./progress.ts";
import type { LoadedRun, Supply } from "./supply.ts";

/** How often one chunk may arrive damaged before the line, or this device's memory, is given up. */
const maxRejections = 5;

export interface LanesJob {
  readonly api: Api;
  readonly uploadId: string;
  readonly supply: Supply;
  readonly leaves: Leaves;
  readonly progress: Progress;
  readonly lanes: number;
  readonly runAlign: number;
  /** Chunks of the longest run, a multiple of `runAlign`. */
  readonly maxRunChunks: number;
  /** Chunks of the first run; how long runs take changes it. */
  runChunks: number;
  readonly monotonic: () => number;
  /** Called with chunks that the server has acknowledged. */
  readonly onConfirmed: (ranges: Ranges) => void;
  /** Called when something changed that is only shown. */
  readonly onShown: () => void;
}

/**
 * Sends what the supply hands out, each lane taking the next run. Damaged chunks are read and sent again at once.
 * After any other trouble no lane starts another run; those on their way end by themselves if the trouble may pass.
 * @throws what went wrong; of several, what cannot be mended by trying again
 */
export async function runLanes(job: LanesJob, signal: AbortSignal): Promise<void> {
  const reading = new AbortController();
  const sending = new AbortController();
  const readSignal = AbortSignal.any([signal, reading.signal]);
  const sendSignal = AbortSignal.any([signal, sending.signal]);
  const rejections = new Map<number, number>();
  const failures: HawserError[] = [];

  async function runLane(): Promise<void> {
    try {
      while (failures.length === 0) {
        const loaded = await job.supply.next(job, readSignal);
        if (loaded === undefined) return;
        const rejected = await sendLoaded(job, loaded, sendSignal);
        countRejections(rejections, rejected);
        for (const run of alignRanges(rejected, job.runAlign, loaded.run[1])) job.supply.putBack(run);
      }
    } catch (thrown) {
      const error = HawserError.from(thrown);
      failures.push(error);
      reading.abort(error);
      if (!isPassing(error)) sending.abort(error);
    }
  }

  await Promise.all(Array.from({ length: job.lanes }, runLane));
  signal.throwIfAborted();
  if (failures.length > 0) throw failures.find((failure) => !isPassing(failure)) ?? failures[0];
}

/** Sends one run and gives its memory back; returns the chunks that arrived damaged. */
async function sendLoaded(job: LanesJob, loaded: LoadedRun, signal: AbortSignal): Promise<Ranges> {
  const { run, offsetBytes, bytes, lease } = loaded;
  const { progress, monotonic, runAlign, maxRunChunks } = job;
  const startedAt = monotonic();
  progress.start(run);
  job.onShown();
  try {
    const onSent = (sentBytes: number) => {
      progress.sent(run, sentBytes);
      job.onShown();
    };
    await job.api.sendRun(job.uploadId, { ...loaded, bytes: bytes.subarray(offsetBytes), onSent }, signal);
    const chunks = run[1] - run[0] + 1;
    if (chunks >= job.runChunks) job.runChunks = nextRunChunks(chunks, monotonic() - startedAt, runAlign, maxRunChunks);
    confirm(job, [run]);
    return [];
  } catch (error) {
    if (!(error instanceof HawserError)) throw error;
    const { receipts = [], skipped = [] } = error.details;
    const held = new ChunkSet([...receipts, ...skipped]).ranges;
    confirm(job, held);
    if (error.retry !== "resend") throw error;
    const rejected = missingRanges(held, ...run);
    for (const chunk of chunksIn(rejected)) progress.damaged(chunk);
    return rejected;
  } finally {
    progress.end(run);
    lease.release();
    job.onShown();
  }
}

function confirm({ leaves, onConfirmed }: LanesJob, ranges: Ranges): void {
  for (const [first, last] of ranges) leaves.agree(first, last);
  onConfirmed(ranges);
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

/** Whether the same work may succeed later: what is on its way may end then. */
function isPassing({ retry }: HawserError): boolean {
  return ["retry", "resync", "resend"].includes(retry);
}
