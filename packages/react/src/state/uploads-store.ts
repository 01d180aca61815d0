import type { StorageStanding, Uploader, UploaderSummary, UploadHandle, UploadState } from "@hawser/client";

/** Consecutive chunks, both ends included, from 1. */
export type ChunkRanges = readonly (readonly [first: number, last: number])[];

/** One upload as a component sees it. The same object until something of it changes. */
export interface UploadView {
  readonly state: UploadState;
  readonly handle: UploadHandle;
  /** Confirmed chunks as they were last told: the state of a paused upload does not repeat them. */
  readonly confirmedChunks: ChunkRanges | null;
}

/** Everything at one moment. */
export interface UploadsSnapshot {
  /** Oldest first. */
  readonly states: readonly UploadState[];
  readonly byId: ReadonlyMap<string, UploadView>;
  /** Whether what the journal owes is among them. */
  readonly isReady: boolean;
  /** The last three are null while there is no uploader: on a server, and before a provider has made its own. */
  readonly summary: UploaderSummary | null;
  readonly storage: StorageStanding | null;
  readonly maxBytesPerSecond: number | null;
}

/** The engine as React reads it: a snapshot that changes seldom, and only as a whole. */
export interface UploadsStore {
  readonly uploader: Uploader | null;
  readonly getSnapshot: () => UploadsSnapshot;
  readonly subscribe: (listener: () => void) => () => void;
  /** Something changed of which the engine tells nobody. */
  readonly changed: () => void;
}

/** Drawings change at most four times a second. */
const minIntervalMs = 250;

export const emptySnapshot: UploadsSnapshot = {
  states: [],
  byId: new Map(),
  isReady: false,
  summary: null,
  storage: null,
  maxBytesPerSecond: null,
};

const stores = new WeakMap<Uploader, UploadsStore>();
const emptyStore = createStore(null);

/** The one store of an uploader. */
export function storeOf(uploader: Uploader | null): UploadsStore {
  if (uploader === null) return emptyStore;
  const store = stores.get(uploader) ?? createStore(uploader);
  stores.set(uploader, store);
  return store;
}

function createStore(uploader: Uploader | null): UploadsStore {
  const listeners = new Set<() => void>();
  let snapshot = emptySnapshot;
  let readAtMs = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop: (() => void) | undefined;
  let isReady = false;
  const renew = () => {
    timer = undefined;
    readAtMs = performance.now();
    if (uploader !== null) snapshot = { ...read(uploader, snapshot), isReady };
  };
  // At once after a rest, then at most every interval, and always after the last change.
  const changed = () => {
    timer ??= setTimeout(
      () => {
        renew();
        for (const listener of listeners) listener();
      },
      Math.max(0, readAtMs + minIntervalMs - performance.now()),
    );
  };
  uploader?.ready.then(
    () => {
      isReady = true;
      changed();
    },
    () => undefined,
  );
  renew();
  return {
    uploader,
    changed,
    getSnapshot: () => snapshot,
    subscribe(listener) {
      listeners.add(listener);
      // React asks for the snapshot again after this: what happened before anybody listened is not lost.
      if (listeners.size === 1) renew();
      stop ??= uploader?.subscribe(changed);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearTimeout(timer);
        timer = undefined;
        stop?.();
        stop = undefined;
      };
    },
  };
}

function read(uploader: Uploader, before: UploadsSnapshot): Omit<UploadsSnapshot, "isReady"> {
  const states: UploadState[] = [];
  const byId = new Map<string, UploadView>();
  for (const handle of uploader.uploads) {
    const { state } = handle;
    const known = before.byId.get(state.id);
    states.push(state);
    const confirmedChunks = state.status === "uploading" ? state.confirmedChunks : (known?.confirmedChunks ?? null);
    byId.set(state.id, known !== undefined && known.state === state ? known : { state, handle, confirmedChunks });
  }
  const summary = uploader.summary();
  const isSame = JSON.stringify(summary) === JSON.stringify(before.summary);
  const { storage, maxBytesPerSecond } = uploader;
  return { states, byId, summary: isSame ? before.summary : summary, storage, maxBytesPerSecond };
}
