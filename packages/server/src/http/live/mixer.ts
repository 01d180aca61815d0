import { type ErrorCode, type LiveEvent, normalizeRanges, type Range, rangesOf } from "@hawser/protocol";
import { formatTime } from "../../domain/views.ts";
import type { Progress, Rejection } from "../../ports/live.ts";
import { liveBounds } from "./bounds.ts";
import type { Told } from "./frames.ts";
import type { Pace } from "./meters.ts";

/** What came of one upload since it was last told. */
interface Mixed {
  latest: { readonly progress: Progress; readonly pace: Pace } | null;
  resumed: Progress | null;
  ranges: Range[];
  readonly rejected: Map<ErrorCode, { at: number; readonly chunks: number[] }>;
}

/** Merges progress by upload, so that however much of it comes, there is little to tell. */
export class Mixer {
  readonly #mixed = new Map<string, Mixed>();

  progress(progress: Progress, pace: Pace): void {
    const mixed = this.#of(progress.uploadId);
    mixed.latest = { progress, pace };
    if (progress.isResumed) mixed.resumed ??= progress;
    mixed.ranges = bounded(normalizeRanges([...mixed.ranges, ...progress.ranges]));
  }

  /** @param at wall time */
  rejection({ uploadId, chunk, code }: Rejection, at: number): void {
    const { rejected } = this.#of(uploadId);
    const known = rejected.get(code);
    if (known === undefined) rejected.set(code, { at, chunks: [chunk] });
    else {
      known.at = at;
      if (known.chunks.length < liveBounds.mixedRanges) known.chunks.push(chunk);
    }
  }

  /** The events about one upload, which is then told. */
  take(uploadId: string): Told[] {
    const mixed = this.#mixed.get(uploadId);
    this.#mixed.delete(uploadId);
    return mixed === undefined ? [] : tell(uploadId, mixed);
  }

  /** The events about all. */
  takeAll(): Told[] {
    return [...this.#mixed.keys()].flatMap((uploadId) => this.take(uploadId));
  }

  /** The events about all, which stay to be told. */
  showAll(): Told[] {
    return [...this.#mixed].flatMap(([uploadId, mixed]) => tell(uploadId, mixed));
  }

  clear(): void {
    this.#mixed.clear();
  }

  #of(uploadId: string): Mixed {
    const known = this.#mixed.get(uploadId);
    if (known !== undefined) return known;
    const mixed: Mixed = { latest: null, resumed: null, ranges: [], rejected: new Map() };
    this.#mixed.set(uploadId, mixed);
    if (this.#mixed.size > liveBounds.mixedUploads) this.#mixed.delete(this.#mixed.keys().next().value as string);
    return mixed;
  }
}

/** The chunks themselves can be asked for; what is kept for watchers must not grow with the file. */
function bounded(ranges: Range[]): Range[] {
  return ranges.length > liveBounds.mixedRanges ? [] : ranges;
}

function tell(id: string, mixed: Mixed): Told[] {
  const rejections = [...mixed.rejected].map(([code, { at, chunks }]): LiveEvent => {
    return { type: "failed", id, at: formatTime(at), code, ranges: rangesOf(chunks.sort((a, b) => a - b)) };
  });
  const told: Told[] = rejections.length > 0 ? [{ seq: null, events: rejections }] : [];
  if (mixed.latest !== null) told.push({ seq: null, events: progressEvents(id, mixed) });
  return told;
}

function progressEvents(id: string, { latest, resumed, ranges }: Mixed): LiveEvent[] {
  const events: LiveEvent[] = [];
  if (latest === null) return events;
  if (resumed !== null) {
    const { at, receivedBytes, missingCount } = resumed;
    events.push({ type: "resumed", id, at: formatTime(at), receivedBytes, missingCount });
  }
  const { progress, pace } = latest;
  const at = formatTime(progress.at);
  if (ranges.length > 0) {
    events.push({ type: "chunk_uploaded", id, at, ranges: ranges.map(([first, last]) => [first, last]) });
  }
  const { sizeBytes: size, receivedBytes, missingCount } = progress;
  events.push({ type: "progress", id, at, size, receivedBytes, missingCount, ...pace });
  return events;
}
