import type { Uploader, UploadHandle, UploadState } from "@hawser/client";
import type { File } from "@hawser/protocol";
import { HawserError } from "@hawser/protocol";
import type { World } from "../engine/world.ts";

/** A moment of the page, with nothing behind it. */
export interface Scene {
  readonly states: readonly UploadState[];
  readonly files: readonly File[];
  readonly isOnline?: boolean;
  readonly offlineSinceMs?: number;
  readonly hasMoreFiles?: boolean;
  /** The server does not answer when it is asked for its files. */
  readonly cannotList?: boolean;
  readonly bytesPerSecond?: number;
}

/** When every scene takes place: a fixed moment in local time, so that pictures stay the same. */
export const sceneMs = new Date(2026, 5, 20, 14, 41, 0).getTime();

/** A world that stands still and shows one scene. */
export function fakeWorld(scene: Scene): World {
  return {
    uploader: fakeUploader(scene),
    clock: { now: () => sceneMs, onSecond: () => () => undefined },
    network: {
      snapshot: { isOnline: scene.isOnline ?? true, sinceMs: scene.offlineSinceMs ?? sceneMs },
      subscribe: () => () => undefined,
    },
    listFiles: async () => {
      if (scene.cannotList) throw new HawserError("connection_lost");
      return { files: [...scene.files], ...(scene.hasMoreFiles ? { next: "more" } : {}) };
    },
    toSource: () => {
      throw new HawserError("source_unreadable");
    },
  };
}

function fakeUploader({ states, bytesPerSecond = 0 }: Scene): Uploader {
  const byStatus = Map.groupBy(states, ({ status }) => status);
  const counts = Object.fromEntries([...byStatus].map(([status, of]) => [status, of.length]));
  const confirmedBytes = states.reduce((sum, state) => sum + state.confirmedBytes, 0);
  const totalBytes = states.reduce((sum, state) => sum + (state.sizeBytes ?? 0), 0);
  const timeLeftMs = bytesPerSecond === 0 ? null : ((totalBytes - confirmedBytes) / bytesPerSecond) * 1_000;
  return {
    ready: Promise.resolve(),
    uploads: states.map(fakeHandle),
    add: () => fakeHandle(states[0] as UploadState),
    match: async () => [],
    pauseAll: () => undefined,
    resumeAll: () => undefined,
    openGate: () => undefined,
    closeGate: () => undefined,
    maxBytesPerSecond: null,
    setMaxBytesPerSecond: () => undefined,
    storage: { isDurable: true, isPersisted: true, spoolBytes: 0, trouble: null },
    forget: () => undefined,
    summary: () => ({
      counts: counts as ReturnType<Uploader["summary"]>["counts"],
      confirmedBytes,
      totalBytes,
      bytesPerSecond,
      timeLeftMs,
      unreadableRecords: 0,
    }),
    trace: () => [],
    subscribe: () => () => undefined,
    close: async () => undefined,
  };
}

function fakeHandle(state: UploadState): UploadHandle {
  return {
    id: state.id,
    state,
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
