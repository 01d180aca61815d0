import type { UploadState } from "@hawser/client";

/** How fast an upload was in one second, and over how many lanes. */
export interface Rate {
  readonly bytesPerSecond: number;
  readonly lanes: number;
}

/** Two minutes, a value a second. */
export const keptRates = 120;

/** The last two minutes of each upload that is on its way; to be told once a second. */
export class RateLog {
  readonly #rates = new Map<string, Rate[]>();

  constructor(earlier: ReadonlyMap<string, readonly Rate[]> = new Map()) {
    for (const [id, rates] of earlier) this.#rates.set(id, [...rates]);
  }

  /** One more second; what is no longer there, or never travelled, is not kept. */
  note(states: readonly UploadState[]): void {
    const gone = new Set(this.#rates.keys());
    for (const state of states) {
      gone.delete(state.id);
      const isMoving = state.status === "uploading";
      const rates = this.#rates.get(state.id) ?? (isMoving ? [] : undefined);
      if (rates === undefined) continue;
      rates.push(
        isMoving ? { bytesPerSecond: state.bytesPerSecond ?? 0, lanes: state.lanes } : { bytesPerSecond: 0, lanes: 0 },
      );
      if (rates.length > keptRates) rates.shift();
      if (isEnded(state)) this.#rates.delete(state.id);
      else this.#rates.set(state.id, rates);
    }
    for (const id of gone) this.#rates.delete(id);
  }

  /** Oldest first, one a second. */
  of(id: string): readonly Rate[] {
    return this.#rates.get(id)?.slice() ?? [];
  }
}

function isEnded({ status }: UploadState): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}
