import { SpeedMeter, timeLeftMs } from "@hawser/protocol";
import type { Progress } from "../../ports/live.ts";
import { liveBounds } from "./bounds.ts";

export interface Pace {
  /** Of acknowledged bytes; null while nothing is known of it. */
  readonly bytesPerSecond: number | null;
  readonly timeLeftMs: number | null;
}

interface Metered {
  readonly meter: SpeedMeter;
  receivedBytes: number;
}

/** How fast watched uploads come along. Those that were heard of last are kept. */
export class Meters {
  readonly #metered = new Map<string, Metered>();

  /** @param at monotonic milliseconds */
  note({ uploadId, sizeBytes, receivedBytes, isResumed }: Progress, at: number): Pace {
    const known = isResumed ? undefined : this.#metered.get(uploadId);
    // How long its first bytes took nobody has seen, and a silence is no slowness: time counts from now on.
    const metered = known ?? { meter: new SpeedMeter(), receivedBytes };
    if (known === undefined) metered.meter.start(at);
    metered.meter.add(Math.max(0, receivedBytes - metered.receivedBytes), at);
    metered.receivedBytes = receivedBytes;
    this.#metered.delete(uploadId);
    this.#metered.set(uploadId, metered);
    if (this.#metered.size > liveBounds.meters) this.#metered.delete(this.#metered.keys().next().value as string);
    const bytesPerSecond = metered.meter.bytesPerSecond(at);
    const remainingBytes = sizeBytes === null ? null : sizeBytes - receivedBytes;
    return { bytesPerSecond, timeLeftMs: timeLeftMs(remainingBytes, bytesPerSecond) };
  }

  /** Nobody watches any more. */
  clear(): void {
    this.#metered.clear();
  }
}
