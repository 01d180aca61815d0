import type { UploadFigures, UploadState } from "@hawser/client";
import { type File, HawserError, limits } from "@hawser/protocol";
import type { ChunkRange } from "../design/rope-shape.ts";
import { type Scene, sceneMs } from "./fake-world.ts";

const MB = 1_000_000;
const GB = 1_000 * MB;
const longName =
  "Hochzeit Anna & Jonas – Rohmaterial Kamera B (Zeremonie, Empfang und alle Reden am Abend, ungeschnitten, mit Originalton) 2026-06-14.mov";

type Of<S extends UploadState["status"]> = Extract<UploadState, { status: S }>;
type Own<S extends UploadState["status"]> = Omit<Of<S>, keyof UploadFigures>;

function upload<S extends UploadState["status"]>(
  name: string,
  sizeBytes: number | null,
  confirmedBytes: number,
  own: Own<S>,
) {
  return {
    id: `up-${name}`,
    uploadId: null,
    name,
    sizeBytes,
    confirmedBytes,
    resumedBytes: 0,
    isFromEarlier: false,
    carrier: "here",
    ...own,
  } as unknown as Of<S>;
}

function uploading(name: string, sizeBytes: number, confirmedBytes: number, own: Partial<Own<"uploading">> = {}) {
  return upload<"uploading">(name, sizeBytes, confirmedBytes, {
    status: "uploading",
    inFlightBytes: 8 * limits.chunkSizeBytes,
    bytesPerSecond: 9.6 * MB,
    timeLeftMs: 23_000,
    lanes: 4,
    confirmedChunks: outOfOrder(confirmedBytes).confirmed,
    travellingChunks: outOfOrder(confirmedBytes).travelling,
    resendingChunks: 0,
    ...own,
  });
}

/** As it looks in the middle of a transfer over four lanes: a long prefix, then islands. */
function outOfOrder(confirmedBytes: number): { confirmed: ChunkRange[]; travelling: ChunkRange[] } {
  const chunks = Math.max(12, Math.floor(confirmedBytes / limits.chunkSizeBytes));
  const prefix = chunks - 11;
  return {
    confirmed: [
      [1, prefix],
      [prefix + 5, prefix + 9],
      [prefix + 14, prefix + 16],
      [prefix + 21, prefix + 23],
    ],
    travelling: [
      [prefix + 1, prefix + 4],
      [prefix + 10, prefix + 13],
      [prefix + 17, prefix + 20],
      [prefix + 24, prefix + 28],
    ],
  };
}

const paused = (name: string, reasons: Own<"paused">["reasons"], cause: HawserError | null = null) =>
  upload<"paused">(name, 612 * MB, 392 * MB, { status: "paused", reasons, cause });
const failed = (name: string, error: HawserError, confirmedBytes = 392 * MB) =>
  upload<"failed">(name, 612 * MB, confirmedBytes, { status: "failed", error });

function stored(filename: string, size: number, minutesAgo: number): File {
  return {
    id: `file-${filename}`,
    filename,
    contentType: "application/octet-stream",
    size,
    digest: `tree:${Array.from({ length: 64 }, (_, index) => ((index * 7 + filename.length) % 16).toString(16)).join("")}`,
    metadata: {},
    completedAt: new Date(sceneMs - minutesAgo * 60_000).toISOString(),
    url: "#",
  };
}

const files: readonly File[] = [
  stored("Moorings 2026 – annual report.pdf", 18 * MB, 22),
  stored("interview-captain-lund.m4a", 96 * MB, 30),
  stored("quay-panorama-stitched.tif", 1.1 * GB, 60 * 26),
];

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

const mixed: readonly UploadState[] = [
  upload<"needs-source">(longName, 3.1 * GB, 1.9 * GB, { status: "needs-source", evidence: {}, canReopen: false }),
  upload<"paused">("lecture-04-slides.key", 412 * MB, 207 * MB, {
    status: "paused",
    reasons: ["quota"],
    cause: new HawserError("storage_full"),
  }),
  uploading("Harbour walk, long take.mov", 612 * MB, 389 * MB, { resendingChunks: 3 }),
  uploading("tide-tables-2026.zip", 84 * MB, 30 * MB, { lanes: 2, bytesPerSecond: 4.1 * MB, timeLeftMs: 13_000 }),
  uploading("nas-backup-full.img", 48 * GB, 12 * GB, { lanes: 2, bytesPerSecond: 8.1 * MB, timeLeftMs: 4_380_000 }),
  upload<"waiting">("drone-survey-quay-7.las", 2 * GB, 1.2 * GB, {
    status: "waiting",
    retryAt: sceneMs + 12_000,
    attempt: 2,
    maxAttempts: 5,
    cause: new HawserError("connection_lost"),
  }),
  upload<"paused">("field-recordings-day-3.wav", 840 * MB, 319 * MB, {
    status: "paused",
    reasons: ["user"],
    cause: null,
  }),
  upload<"verifying">("archive-2025.tar.zst", 1.4 * GB, 1.4 * GB, { status: "verifying" }),
  upload<"queued">("photos/2026/mole at dawn, exposure 3.dng", 61 * MB, 0, { status: "queued", ahead: 0 }),
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
} as const satisfies Record<string, Scene>;

export type SceneName = keyof typeof scenes;
