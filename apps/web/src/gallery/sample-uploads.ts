import type { UploadFigures, UploadState } from "@hawser/client";
import { type File, HawserError, limits } from "@hawser/protocol";
import type { ChunkRange } from "../design/rope-shape.ts";
import { sceneMs } from "./fake-world.ts";

export const MB = 1_000_000;
export const GB = 1_000 * MB;
export const longName =
  "Hochzeit Anna & Jonas – Rohmaterial Kamera B (Zeremonie, Empfang und alle Reden am Abend, ungeschnitten, mit Originalton) 2026-06-14.mov";

type Of<S extends UploadState["status"]> = Extract<UploadState, { status: S }>;
export type Own<S extends UploadState["status"]> = Omit<Of<S>, keyof UploadFigures>;

export function upload<S extends UploadState["status"]>(
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

export function uploading(
  name: string,
  sizeBytes: number,
  confirmedBytes: number,
  own: Partial<Own<"uploading">> = {},
) {
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
export function outOfOrder(confirmedBytes: number): { confirmed: ChunkRange[]; travelling: ChunkRange[] } {
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

export const paused = (name: string, reasons: Own<"paused">["reasons"], cause: HawserError | null = null) =>
  upload<"paused">(name, 612 * MB, 392 * MB, { status: "paused", reasons, cause });
export const failed = (name: string, error: HawserError, confirmedBytes = 392 * MB) =>
  upload<"failed">(name, 612 * MB, confirmedBytes, { status: "failed", error });

export function stored(filename: string, size: number, minutesAgo: number): File {
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

export const files: readonly File[] = [
  stored("Moorings 2026 – annual report.pdf", 18 * MB, 22),
  stored("interview-captain-lund.m4a", 96 * MB, 30),
  stored("quay-panorama-stitched.tif", 1.1 * GB, 60 * 26),
];

/** What a busy page shows. */
export const mixed: readonly UploadState[] = [
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
