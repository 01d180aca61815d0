import type { LiveStatus, LiveUpload, StorageStanding, Uploader, UploaderSummary, UploadState } from "@hawser/client";
import type { Clock } from "./clock.ts";
import { followRemotes, nextChangeMs, type Remote } from "./remotes.ts";

type Ranges = readonly (readonly [number, number])[];

/** All uploads at one moment. States are the engine's own objects: the same one until something changes. */
export interface UploadsSnapshot {
  readonly states: readonly UploadState[];
  readonly summary: UploaderSummary;
  /** Confirmed chunks as they were last told, by upload: a paused upload's state does not repeat them. */
  readonly confirmedChunks: ReadonlyMap<string, Ranges>;
  readonly storage: StorageStanding;
  readonly maxBytesPerSecond: number | null;
  /** Uploads of other devices, oldest first. */
  readonly remotes: readonly Remote[];
  /** All that the server tells of other devices' uploads, those that came at once too; newest first. */
  readonly told: readonly LiveUpload[];
  readonly lineStatus: LiveStatus;
}

/** Drawings change at most four times a second. */
const minIntervalMs = 250;

/** The engine as React reads it: a snapshot that changes seldom, and only as a whole. */
export class UploadsStore {
  readonly #uploader: Uploader;
  readonly #clock: Pick<Clock, "now">;
  readonly #listeners = new Set<() => void>();
  #snapshot: UploadsSnapshot;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** For rows that change by themselves. */
  #ageTimer: ReturnType<typeof setTimeout> | undefined;
  #stops: (() => void)[] = [];

  constructor(uploader: Uploader, clock: Pick<Clock, "now">) {
    this.#uploader = uploader;
    this.#clock = clock;
    this.#snapshot = this.#read({ confirmedChunks: new Map(), remotes: [] });
  }

  readonly getSnapshot = (): UploadsSnapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) {
      const changed = () => this.#schedule();
      this.#stops = [this.#uploader.subscribe(changed), this.#uploader.live.subscribe(changed)];
    }
    // What happened between the first reading and now.
    this.#schedule();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearTimeout(this.#timer);
      clearTimeout(this.#ageTimer);
      this.#timer = undefined;
      for (const stop of this.#stops) stop();
    };
  };

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#snapshot = this.#read(this.#snapshot);
      for (const listener of this.#listeners) listener();
      this.#age();
    }, minIntervalMs);
  }

  #age(): void {
    clearTimeout(this.#ageTimer);
    const nextMs = nextChangeMs(this.#snapshot.remotes, this.#clock.now());
    if (nextMs !== null) this.#ageTimer = setTimeout(() => this.#schedule(), Math.max(0, nextMs - minIntervalMs));
  }

  #read(before: Pick<UploadsSnapshot, "confirmedChunks" | "remotes">): UploadsSnapshot {
    const states = this.#uploader.uploads.map(({ state }) => state);
    const confirmedChunks = new Map<string, Ranges>();
    for (const state of states) {
      if (state.status === "completed") continue;
      const ranges = state.status === "uploading" ? state.confirmedChunks : before.confirmedChunks.get(state.id);
      if (ranges !== undefined) confirmedChunks.set(state.id, ranges);
    }
    const { storage, maxBytesPerSecond, live } = this.#uploader;
    return {
      states,
      summary: this.#uploader.summary(),
      confirmedChunks,
      storage,
      maxBytesPerSecond,
      remotes: followRemotes(before.remotes, live.uploads, this.#clock.now()),
      told: live.uploads,
      lineStatus: live.standing.status,
    };
  }
}
