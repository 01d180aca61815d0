import type { UploadState } from "@hawser/client";
import { HawserError } from "@hawser/protocol";
import { detailsScenes } from "./details-scenes.ts";
import { type Scene, sceneMs } from "./fake-world.ts";
import { remoteScenes } from "./remote-scenes.ts";
import { resumeScenes } from "./resume-scenes.ts";
import { returnScenes } from "./return-scenes.ts";
import { failed, files, GB, longName, MB, mixed, paused, stored, upload, uploading } from "./sample-uploads.ts";

/** Every state that a row can be in, as a page would never show them together. */
const rowStates: readonly UploadState[] = [
  upload<"queued">("state: waiting for its turn.mov", 612 * MB, 0, { status: "queued", ahead: 2 }),
  upload<"preparing">("state: reading.mov", 612 * MB, 0, { status: "preparing", work: "hashing", doneBytes: 245 * MB }),
  upload<"preparing">("state: comparing.mov", 612 * MB, 392 * MB, {
    status: "preparing",
    work: "comparing",
    doneBytes: 300 * MB,
  }),
  upload<"creating">("state: starting.mov", 612 * MB, 0, { status: "creating" }),
  uploading("state: uploading.mov", 612 * MB, 389 * MB, { resendingChunks: 3 }),
  uploading("state: few chunks.zip", 84 * MB, 30 * MB, { lanes: 2, bytesPerSecond: 4.1 * MB, timeLeftMs: 13_000 }),
  uploading("state: very many chunks.img", 48 * GB, 12 * GB, { lanes: 2, timeLeftMs: 4_380_000 }),
  upload<"waiting">("state: between attempts.las", 612 * MB, 392 * MB, {
    status: "waiting",
    retryAt: sceneMs + 12_000,
    attempt: 2,
    maxAttempts: 5,
    cause: new HawserError("connection_lost"),
  }),
  paused("state: paused by the person.wav", ["user"]),
  paused("state: offline.mov", ["offline"]),
  paused("state: paused by the app.mov", ["other"]),
  paused("state: signed out.mov", ["auth"]),
  upload<"needs-source">("state: needs file.mov", 612 * MB, 392 * MB, {
    status: "needs-source",
    evidence: {},
    canReopen: false,
  }),
  upload<"needs-source">("state: needs one click.mov", 612 * MB, 392 * MB, {
    status: "needs-source",
    evidence: {},
    canReopen: true,
  }),
  failed("state: source changed.mov", new HawserError("source_changed")),
  upload<"verifying">("state: checking.tar.zst", 612 * MB, 612 * MB, { status: "verifying" }),
  paused("state: stopped.key", ["parked"], new HawserError("unavailable")),
  paused("state: disk full.key", ["quota"], new HawserError("storage_full")),
  failed("state: refused.exe", new HawserError("size_too_large"), 0),
  failed("state: gone.csv", new HawserError("gone"), 0),
  upload<"uploading">("state: unknown length.webm", null, 32 * MB, {
    status: "uploading",
    inFlightBytes: MB,
    bytesPerSecond: MB,
    timeLeftMs: null,
    lanes: 1,
    confirmedChunks: [[1, 30]],
    travellingChunks: [[31, 31]],
    resendingChunks: 0,
  }),
];

/** Names that layouts break on. */
const names = [
  longName,
  `${"a-name-without-any-place-to-break-it-".repeat(5)}.tar.gz`,
  "صور الرحلة إلى البحر، اليوم الأول، قبل الغروب بقليل وبعده.mov",
  "תמונות מהטיול (1).jpg",
  "2026/summer/day 12/harbour/evening/cameras/b/roll 3/👩‍👩‍👧‍👦 family, at the quay.heic",
  "x",
];
const awkward: readonly UploadState[] = names.map((name) => uploading(name, 612 * MB, 389 * MB));

const unreachable: readonly UploadState[] = [
  ["long take.mov", 2 * GB, 919 * MB],
  ["holiday/IMG_0082.jpg", 1.4 * MB, 0],
].map(([name, sizeBytes, confirmedBytes]) =>
  upload<"waiting">(name as string, sizeBytes as number, confirmedBytes as number, {
    status: "waiting",
    retryAt: sceneMs + 3_000,
    attempt: 4,
    maxAttempts: 8,
    cause: new HawserError("connection_lost"),
  }),
);

const waiting = (
  [
    ["Harbour walk, long take.mov", 612 * MB, 389 * MB],
    ["tide-tables-2026.zip", 84 * MB, 30 * MB],
    ["nas-backup-full.img", 48 * GB, 12 * GB],
    ["drone-survey-quay-7.las", 2 * GB, 1.2 * GB],
  ] as const
).map(([name, sizeBytes, confirmedBytes]) =>
  upload<"paused">(name, sizeBytes, confirmedBytes, { status: "paused", reasons: ["offline"], cause: null }),
);

const completed = files.map((file) =>
  upload<"completed">(file.filename, file.size, file.size, { status: "completed", file }),
);

/** What the gallery shows, by name; tests look at each of them. */
export const scenes = {
  mixed: { states: mixed, files, bytesPerSecond: 21.8 * MB },
  rows: { states: rowStates, files: [], bytesPerSecond: 21.8 * MB },
  empty: { states: [], files: [] },
  safe: { states: completed, files },
  stored: { states: [], files, hasMoreFiles: true },
  offline: { states: waiting, files, isOnline: false, offlineSinceMs: sceneMs - 600_000 },
  paused: { states: [paused("field-recordings-day-3.wav", ["user"])], files },
  "needs-you": { states: [failed("state: source changed.mov", new HawserError("source_changed"))], files },
  names: { states: awkward, files: names.map((name) => stored(name, 18 * MB, 22)), bytesPerSecond: 21.8 * MB },
  unreachable: { states: unreachable, files, bytesPerSecond: 21.8 * MB },
  many: { states: [], files: Array.from({ length: 10_000 }, (_, index) => stored(`many/${index}.jpg`, 3 * MB, 22)) },
  unlisted: { states: [uploading("Harbour walk, long take.mov", 612 * MB, 389 * MB)], files: [], cannotList: true },
  limited: { states: mixed, files, bytesPerSecond: MB, maxBytesPerSecond: MB },
  "other-tabs": {
    states: mixed.map((state, index) => (index % 2 === 0 ? { ...state, carrier: "elsewhere" } : state)),
    files,
    bytesPerSecond: 21.8 * MB,
  },
  "not-durable": { states: mixed.slice(2), files, bytesPerSecond: 21.8 * MB, storage: { isDurable: false } },
  "storage-full": {
    states: mixed.slice(2),
    files,
    bytesPerSecond: 21.8 * MB,
    storage: { trouble: new HawserError("storage_full") },
  },
  ...remoteScenes,
  ...returnScenes,
  ...resumeScenes,
  ...detailsScenes,
} as const satisfies Record<string, Scene>;

export type SceneName = keyof typeof scenes;
