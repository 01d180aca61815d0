import type { StorageStanding, Uploader, UploaderSummary, UploadState } from "@hawser/client";

type Ranges = readonly (readonly [number, number])[];

/** All uploads at one moment. States are the engine's own objects: the same one until something changes. */
export interface UploadsSnapshot {
  readonly states: readonly UploadState[];
  readonly summary: UploaderSummary;
  /** Confirmed chunks as they were last told, by upload: a paused upload's state does not repeat them. */
  readonly confirmedChunks: ReadonlyMap<string, Ranges>;
  readonly storage: StorageStanding;
  readonly maxBytesPerSecond: number | null;
}

/** Drawings change at most four times a second. */
const minIntervalMs = 250;

/** The engine as React reads it: a snapshot that changes seldom, and only as a whole. */
export class UploadsStore {
  readonly #uploader: Uploader;
  readonly #listeners = new Set<() => void>();
  #snapshot: UploadsSnapshot;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stop: (() => void) | undefined;

  constructor(uploader: Uploader) {
    this.#uploader = uploader;
    this.#snapshot = this.#read(new Map());
  }

  readonly getSnapshot = (): UploadsSnapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#stop ??= this.#uploader.subscribe(() => this.#schedule());
    // What happened between the first reading and now.
    this.#schedule();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#stop?.();
      this.#stop = undefined;
    };
  };

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#snapshot = this.#read(this.#snapshot.confirmedChunks);
      for (const listener of this.#listeners) listener();
    }, minIntervalMs);
  }

  #read(before: ReadonlyMap<string, Ranges>): UploadsSnapshot {
    const states = this.#uploader.uploads.map(({ state }) => state);
    const confirmedChunks = new Map<string, Ranges>();
    for (const state of states) {
      if (state.status === "completed") continue;
      const ranges = state.status === "uploading" ? state.confirmedChunks : before.get(state.id);
      if (ranges !== undefined) confirmedChunks.set(state.id, ranges);
    }
    const { storage, maxBytesPerSecond } = this.#uploader;
    return { states, summary: this.#uploader.summary(), confirmedChunks, storage, maxBytesPerSecond };
  }
}
