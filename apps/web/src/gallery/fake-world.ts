import type {
  Live,
  LiveUpload,
  Match,
  StorageStanding,
  TraceEvent,
  Uploader,
  UploadHandle,
  UploadState,
} from "@hawser/client";
import type { File, Upload } from "@hawser/protocol";
import { HawserError } from "@hawser/protocol";
import type { World } from "../engine/world.ts";
import type { Rate } from "../files/details/rates.ts";

/** A moment of the page, with nothing behind it. */
export interface Scene {
  readonly states: readonly UploadState[];
  readonly files: readonly File[];
  /** What the server tells of other devices, in any order. */
  readonly told?: readonly LiveUpload[];
  readonly isOnline?: boolean;
  readonly offlineSinceMs?: number;
  readonly hasMoreFiles?: boolean;
  /** The server does not answer when it is asked for its files. */
  readonly cannotList?: boolean;
  readonly bytesPerSecond?: number;
  readonly storage?: Partial<StorageStanding>;
  readonly maxBytesPerSecond?: number;
  /** The upload whose details are open. */
  readonly details?: string;
  readonly rates?: ReadonlyMap<string, readonly Rate[]>;
  readonly trace?: readonly TraceEvent[];
  readonly uploads?: Readonly<Record<string, Upload>>;
  /** A file that is added as soon as the page is there, and what it may continue. */
  readonly added?: { readonly name: string; readonly sizeBytes: number; readonly lastModified: string };
  readonly matches?: readonly Match[];
}

/** When every scene takes place: a fixed moment in local time, so that pictures stay the same. */
export const sceneMs = new Date(2026, 5, 20, 14, 41, 0).getTime();
/** The page was opened ten minutes ago. */
export const beganMs = sceneMs - 600_000;

/** A world that stands still and shows one scene. */
export function fakeWorld(scene: Scene): World {
  return {
    uploader: fakeUploader(scene),
    clock: { now: () => sceneMs, onSecond: () => () => undefined },
    beganMs,
    network: {
      snapshot: { isOnline: scene.isOnline ?? true, sinceMs: scene.offlineSinceMs ?? sceneMs },
      subscribe: () => () => undefined,
    },
    listFiles: async () => {
      if (scene.cannotList) throw new HawserError("connection_lost");
      return { files: [...scene.files], ...(scene.hasMoreFiles ? { next: "more" } : {}) };
    },
    describeUpload: async (uploadId) => {
      const upload = scene.uploads?.[uploadId];
      if (upload === undefined) throw new HawserError("connection_lost");
      return upload;
    },
    toSource: (_file, name) => ({
      facts: {
        name,
        sizeBytes: scene.added?.sizeBytes ?? 0,
        contentType: null,
        lastModified: scene.added?.lastModified ?? null,
      },
      origin: null,
      replayable: true,
      read: async () => (scene.added?.sizeBytes ?? 0) * 0.42,
      close: async () => undefined,
    }),
  };
}

function fakeUploader(scene: Scene): Uploader {
  const { states, bytesPerSecond = 0 } = scene;
  const byStatus = Map.groupBy(states, ({ status }) => status);
  const counts = Object.fromEntries([...byStatus].map(([status, of]) => [status, of.length]));
  const confirmedBytes = states.reduce((sum, state) => sum + state.confirmedBytes, 0);
  const totalBytes = states.reduce((sum, state) => sum + (state.sizeBytes ?? 0), 0);
  const timeLeftMs = bytesPerSecond === 0 ? null : ((totalBytes - confirmedBytes) / bytesPerSecond) * 1_000;
  const standing = { isDurable: true, isPersisted: true, spoolBytes: 0, trouble: null, ...scene.storage };
  const listeners = new Set<() => void>();
  let limit = scene.maxBytesPerSecond ?? null;
  return {
    ready: Promise.resolve(),
    uploads: states.map(fakeHandle),
    add: () => fakeHandle(states[0] as UploadState),
    match: async (source, options) => {
      if (!options?.full) return scene.matches ?? [];
      // A bit of it is read, and then nothing more.
      await source.read(0, new Uint8Array(1), AbortSignal.timeout(1_000));
      return Promise.withResolvers<never>().promise;
    },
    pauseAll: () => undefined,
    resumeAll: () => undefined,
    openGate: () => undefined,
    closeGate: () => undefined,
    get maxBytesPerSecond() {
      return limit;
    },
    setMaxBytesPerSecond: (next) => {
      limit = next;
      for (const listener of listeners) listener();
    },
    storage: standing,
    live: fakeLive(scene.told ?? []),
    forget: () => undefined,
    summary: () => ({
      counts: counts as ReturnType<Uploader["summary"]>["counts"],
      confirmedBytes,
      totalBytes,
      bytesPerSecond,
      timeLeftMs,
      unreadableRecords: 0,
    }),
    trace: () => scene.trace ?? [],
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => undefined,
  };
}

/** Tells of all as on their way first: how an upload ended is shown where it was seen on its way. */
function fakeLive(told: readonly LiveUpload[]): Live {
  const newestFirst = told.toSorted((a, b) => b.createdAt - a.createdAt);
  let uploads = newestFirst.map((upload): LiveUpload => ({ ...upload, state: "active" }));
  return {
    standing: { status: told.length === 0 ? "off" : "live", cause: null },
    get uploads() {
      return uploads;
    },
    subscribe: () => {
      uploads = newestFirst;
      return () => undefined;
    },
  };
}

function fakeHandle(state: UploadState): UploadHandle {
  return {
    id: state.id,
    state,
    // A fake upload never ends; what would follow is not part of the scene.
    done: Promise.withResolvers<never>().promise,
    pause: () => undefined,
    resume: () => undefined,
    cancel: () => undefined,
    supply: () => Promise.reject(new HawserError("source_changed")),
    reopen: () => Promise.reject(new HawserError("source_unreadable")),
    setPriority: () => undefined,
    states: async function* () {
      yield state;
    },
    subscribe: () => () => undefined,
  };
}
