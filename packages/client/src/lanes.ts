import { chunksIn, HawserError, missingRanges, type Ranges, transferLimits } from "@hawser/protocol";
import type { Api } from "./api.ts";
import type { Leaves } from "./leaves.ts";
import { alignRanges, ChunkSet, nextPiece, type Piece, type Run, type RunWish, wholeGroups } from "./plan.ts";
import type { Platform } from "./platform.ts";
import type { Progress } from "./progress.ts";
import type { Stall } from "./stall.ts";
import type { LoadedRun, Supply } from "./supply.ts";
import type { Throttle } from "./throttle.ts";
import type { Transfer } from "./transfer.ts";

/** How often one chunk may arrive damaged before the line, or this device's memory, is given up. */
const maxRejections = 5;

export interface LanesJob {
  readonly api: Api;
  readonly uploadId: string;
  readonly supply: Supply;
  readonly leaves: Leaves;
  readonly progress: Progress;
  readonly transfer: Transfer;
  readonly throttle: Throttle;
  readonly stall: Stall;
  readonly platform: Pick<Platform, "monotonic" | "sha256">;
  readonly maxLanes: number;
  readonly runAlign: number;
  /** Chunks of the longest run, a multiple of `runAlign`. */
  readonly maxRunChunks: number;
  /** Called with chunks that the server has acknowledged. */
  readonly onConfirmed: (ranges: Ranges) => void;
  /** Called when the server has the first `bytes` of a chunk. */
  readonly onPrefix: (chunk: number, bytes: number) => void;
  /** Called when something changed that is only shown. */
  readonly onShown: () => void;
}

/** What the lanes of one upload have in common. */
interface Trip {
  readonly job: LanesJob;
  /** Aborted when no lane may start anything more, with the reason. */
  readonly starting: AbortSignal;
  readonly sending: AbortSignal;
  readonly rejections: Map<number, number>;
}

/**
 * Sends what the supply hands out, over as many lanes as the upload may have, each run over the next free one. Damaged
 * chunks are read and sent again at once. After any other trouble no lane starts another request; those on their way end
 * by themselves if the trouble may pass.
 * @throws what went wrong; of several, what cannot be mended by trying again
 */
export async function runLanes(job: LanesJob, signal: AbortSignal): Promise<void> {
  const starting = new AbortController();
  const sending = new AbortController();
  const trip: Trip = {
    job,
    starting: AbortSignal.any([signal, starting.signal]),
    sending: AbortSignal.any([signal, sending.signal]),
    rejections: new Map(),
  };
  const failures: HawserError[] = [];
  let turn = Promise.withResolvers<void>();
  const share = job.transfer.join(job.maxLanes, () => turn.resolve());
  /** How often something was put back: a supply that was empty before is not any more. */
  let returns = 0;
  let isEmpty = false;

  async function carryRun(): Promise<void> {
    const returnsBefore = returns;
    try {
      const loaded = await job.supply.next(wishOf(job, share.lanes), trip.starting);
      if (loaded === undefined) isEmpty = returns === returnsBefore;
      else if ((await sendLoaded(trip, loaded)) > 0) {
        returns++;
        isEmpty = false;
      }
    } catch (thrown) {
      const error = HawserError.from(thrown);
      failures.push(error);
      starting.abort(error);
      if (!isPassing(error)) sending.abort(error);
    } finally {
      share.busy--;
      turn.resolve();
    }
  }

  for (;;) {
    while (!isEmpty && failures.length === 0 && share.busy < share.lanes) {
      share.busy++;
      void carryRun();
    }
    if (share.busy === 0) break;
    await turn.promise;
    turn = Promise.withResolvers();
  }
  share.leave();
  signal.throwIfAborted();
  if (failures.length > 0) throw failures.find((failure) => !isPassing(failure)) ?? failures[0];
}

function wishOf({ transfer, runAlign, maxRunChunks }: LanesJob, lanes: number): RunWish {
  const chunks = Math.min(maxRunChunks, transfer.wishBytes / transferLimits.chunkSizeBytes);
  return { runChunks: wholeGroups(chunks, runAlign), runAlign, lanes };
}

/** Sends one run, in one request or more, and gives its memory back; returns how many chunks have to travel again. */
async function sendLoaded(trip: Trip, loaded: LoadedRun): Promise<number> {
  const { job, rejections } = trip;
  const { run, bytes, lease } = loaded;
  const again: [number, number][] = [];
  try {
    let doneBytes = loaded.offsetBytes;
    do {
      const piece = await nextTurn(trip, run, bytes.length, doneBytes);
      const rejected = await sendPiece(trip, loaded, piece, doneBytes);
      countRejections(rejections, rejected);
      // A part that arrived damaged changed nothing: it goes again as it is.
      if (piece.isPart && rejected.length > 0) continue;
      for (const [first, last] of rejected) again.push([first, last]);
      doneBytes = piece.endBytes;
    } while (doneBytes < bytes.length);
  } finally {
    lease.release();
  }
  for (const each of alignRanges(again, job.runAlign, run[1])) job.supply.putBack(each);
  return again.length;
}

/** Waits until the next piece may leave: how long it is follows from the line, and the limit, as they are then. */
async function nextTurn({ job, starting }: Trip, run: Run, sizeBytes: number, doneBytes: number): Promise<Piece> {
  const { throttle, transfer, runAlign } = job;
  const look = () => nextPiece(run, sizeBytes, doneBytes, transfer.wishBytes, runAlign);
  let piece = look();
  const ask = () => {
    piece = look();
    return piece.endBytes - doneBytes;
  };
  await throttle.take(ask, starting);
  starting.throwIfAborted();
  return piece;
}

/** Sends one request; returns the chunks that arrived damaged. */
async function sendPiece(trip: Trip, loaded: LoadedRun, piece: Piece, fromBytes: number): Promise<Ranges> {
  const { job, sending } = trip;
  const { progress, platform, transfer, api } = job;
  const { run, offsetBytes, isPart, endBytes } = piece;
  const bytes = loaded.bytes.subarray(fromBytes, endBytes);
  const blob = loaded.blob?.slice(fromBytes, endBytes);
  const firstDigest = run[0] - loaded.run[0];
  const digests = isPart
    ? [await platform.sha256(bytes)]
    : loaded.digests.slice(firstDigest, firstDigest + run[1] - run[0] + 1);
  const uploadLength = endBytes === loaded.bytes.length && !isPart ? loaded.uploadLength : null;
  const stallTimeoutMs = transfer.stallTimeoutMs(bytes.length);
  const startedAt = platform.monotonic();
  let movedAt = startedAt;
  const onSent = (sentBytes: number) => {
    movedAt = platform.monotonic();
    progress.sent(run, sentBytes);
    job.onShown();
  };
  progress.start(run);
  job.onShown();
  try {
    const toSend = { run, offsetBytes, bytes, blob, digests, isPart, uploadLength, stallTimeoutMs, onSent };
    const { partialChunks = [] } = await api.sendRun(job.uploadId, toSend, sending);
    transfer.ran({ bytes: bytes.length, startedAt, endedAt: platform.monotonic() });
    if (isPart) confirmPrefix(job, run[0], partialChunks);
    else confirm(job, [run]);
    return [];
  } catch (error) {
    if (!(error instanceof HawserError)) throw error;
    const at = platform.monotonic();
    transfer.failed(error, job.stall.failed(error, at - movedAt, startedAt, at), startedAt, at);
    return rejectedOf(job, run, error);
  } finally {
    progress.end(run);
    job.onShown();
  }
}

/** What arrived damaged, when that is all that went wrong. */
function rejectedOf(job: LanesJob, run: Piece["run"], error: HawserError): Ranges {
  const { receipts = [], skipped = [] } = error.details;
  const held = new ChunkSet([...receipts, ...skipped]).ranges;
  confirm(job, held);
  if (error.retry !== "resend") throw error;
  const rejected = missingRanges(held, ...run);
  for (const chunk of chunksIn(rejected)) job.progress.damaged(chunk);
  return rejected;
}

/** @throws HawserError `offset_conflict` when the chunk came whole from elsewhere meanwhile */
function confirmPrefix(job: LanesJob, chunk: number, partialChunks: Ranges): void {
  const prefix = partialChunks.find(([number]) => number === chunk);
  if (prefix === undefined) throw new HawserError("offset_conflict");
  job.onPrefix(...prefix);
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
