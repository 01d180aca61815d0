import type { LiveUpload } from "@hawser/client";
import type { Scene } from "./fake-world.ts";
import { liveUpload, silentFor } from "./sample-remotes.ts";
import { files, GB, longName, MB, mixed } from "./sample-uploads.ts";

/** Every state that another device's upload can be in, as a page would seldom show them together. */
const remoteStates: readonly LiveUpload[] = [
  liveUpload("remote: silent for two days.wav", { sizeBytes: 840 * MB, ...silentFor(60 * 49, 319 * MB) }),
  liveUpload("remote: silent from the start.mov", silentFor(9, 0)),
  liveUpload(longName, { sizeBytes: 3.1 * GB, receivedBytes: 1.9 * GB, timeLeftMs: 125_000 }),
  liveUpload("remote: starting.mov", { receivedBytes: 0 }),
  liveUpload("remote: speed not known yet.mov", { bytesPerSecond: null, timeLeftMs: null }),
  liveUpload("remote: very many chunks.img", { sizeBytes: 48 * GB, receivedBytes: 12 * GB, timeLeftMs: 4_380_000 }),
  liveUpload("remote: unknown length.webm", { sizeBytes: null, receivedBytes: 32 * MB, timeLeftMs: null }),
  liveUpload("remote: refused once.key", {
    ...silentFor(1, 612 * MB),
    failure: { code: "file_mismatch", detail: "The digest differs." },
  }),
  liveUpload("remote: checking.tar.zst", { sizeBytes: 1.4 * GB, state: "assembling" }),
  liveUpload("remote: safe.mov", { state: "completed" }),
  liveUpload("remote: stopped.key", {
    state: "failed",
    failure: { code: "storage_full", detail: "The disk is full." },
  }),
  liveUpload("remote: cancelled.zip", { state: "cancelled", receivedBytes: 80 * MB }),
  liveUpload("remote: expired.las", { state: "expired", receivedBytes: 80 * MB }),
].map((upload, index) => ({ ...upload, createdAt: upload.createdAt + index }));

const pushed = liveUpload("drone-survey-quay-7.las", {
  sizeBytes: 2 * GB,
  receivedBytes: 1.2 * GB,
  timeLeftMs: 83_000,
});
const silent = liveUpload("PXL_20260614_183211.mp4", { sizeBytes: 268 * MB, ...silentFor(18, 32 * MB) });

/** Uploads of other devices. */
export const remoteScenes = {
  "remote-mixed": {
    states: mixed.slice(2, 5),
    files,
    bytesPerSecond: 21.8 * MB,
    told: [pushed, silent],
  },
  "remote-rows": { states: [], files, told: remoteStates },
  "remote-alone": { states: [], files: [], told: [pushed] },
  "remote-many": {
    states: [],
    files,
    told: Array.from({ length: 1_000 }, (_, index) => liveUpload(`remote/${index}.dng`, { createdAt: index })),
  },
} as const satisfies Record<string, Scene>;
