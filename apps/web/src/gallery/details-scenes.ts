import type { TraceEvent, UploadState } from "@hawser/client";
import type { Upload } from "@hawser/protocol";
import type { Rate } from "../files/details/rates.ts";
import { beganMs, type Scene, sceneMs } from "./fake-world.ts";
import { returnScenes } from "./return-scenes.ts";
import { files, GB, MB, mixed, upload, uploading } from "./sample-uploads.ts";

const walk: UploadState = {
  ...uploading("Harbour walk, long take.mov", 612 * MB, 389 * MB, { resendingChunks: 3 }),
  uploadId: "u_7Q2mV9xKc4TzR1bNw0pLhE",
};
const backup: UploadState = {
  ...uploading("nas-backup-full.img", 48 * GB, 12 * GB, { lanes: 2, bytesPerSecond: 8.1 * MB, timeLeftMs: 4_380_000 }),
  uploadId: "u_3kX8pLm2Qw9RtY6vBn1sZa",
};
const fresh = upload<"queued">("photos/2026/mole at dawn, exposure 3.dng", 61 * MB, 0, { status: "queued", ahead: 0 });
const lacking: UploadState = { ...returnScenes.return.states[2], uploadId: "u_5tGh2Jk8Lp0QwErTyUiOa" };
const done: UploadState = upload<"completed">("interview-captain-lund.m4a", 96 * MB, 96 * MB, {
  status: "completed",
  file: files[1] as (typeof files)[number],
});

/** Two minutes of a line that stalled once, over lanes that were tried one by one. */
function unsteady(bytesPerSecond: number): Rate[] {
  return Array.from({ length: 120 }, (_, second) => {
    const stall = second > 46 && second < 56 ? 0.02 : second >= 56 && second < 72 ? (second - 55) / 17 : 1;
    const lanes = second < 10 ? 2 : second < 28 ? 4 : second < 46 ? 6 : second < 58 ? 2 : 4;
    return { bytesPerSecond: bytesPerSecond * stall * (1 + Math.sin(second * 0.7) * 0.12), lanes };
  });
}

const told = (id: string, minutesAgo: number, event: string, data: TraceEvent["data"] = {}): TraceEvent => ({
  atMs: sceneMs - beganMs - minutesAgo * 60_000,
  upload: id,
  event,
  data,
});

const trace: readonly TraceEvent[] = [
  told(walk.id, 9.7, "added", { sizeBytes: 612 * MB }),
  told(walk.id, 9.6, "admitted"),
  told(walk.id, 9.6, "creating"),
  told(walk.id, 9.5, "sending"),
  told(walk.id, 8.2, "retried", { code: "request_timeout", delayMs: 9_000, attempt: 1 }),
  told(walk.id, 8, "retried", { code: "request_timeout", delayMs: 12_000, attempt: 2 }),
  told(walk.id, 7.8, "sending"),
  told(walk.id, 4, "held", { reason: "user" }),
  told(walk.id, 2, "released"),
  told(walk.id, 1.9, "sending"),
];

function described({ id, name, sizeBytes, uploadId, confirmedBytes }: UploadState): Upload {
  return {
    id: uploadId ?? id,
    state: "active",
    filename: name,
    contentType: "video/quicktime",
    size: sizeBytes,
    chunkSize: 1_048_576,
    totalChunks: 584,
    receivedBytes: confirmedBytes,
    missingCount: 213,
    lastModified: new Date(2026, 5, 14, 18, 32, 11).toISOString(),
    metadata: {},
    evidence: { sampledHash: "9f2c41d077ab03e51c88e2f4".padEnd(64, "a") },
    priority: "normal",
    sealed: false,
    inspection: "none",
    jobs: [],
    createdAt: new Date(beganMs).toISOString(),
    lastActivityAt: new Date(sceneMs).toISOString(),
    expiresAt: new Date(sceneMs + 7 * 86_400_000).toISOString(),
  };
}

const rates = new Map([
  [walk.id, unsteady(9.6 * MB)],
  [backup.id, unsteady(8.1 * MB).slice(40)],
]);
const uploads = Object.fromEntries([walk, backup, lacking].map((state) => [state.uploadId, described(state)]));
const states = [...mixed.slice(0, 2), walk, ...mixed.slice(3, 4), backup, ...mixed.slice(5, 8), fresh];
const page = { states, files, bytesPerSecond: 21.8 * MB, rates, trace, uploads };

/** Everything about one upload. */
export const detailsScenes = {
  details: { ...page, details: walk.id },
  "details-huge": { ...page, details: backup.id },
  "details-queued": { ...page, details: fresh.id },
  "details-interrupted": { ...returnScenes.return, states: [lacking], details: lacking.id, uploads },
  "details-safe": { states: [done], files, details: done.id },
} as const satisfies Record<string, Scene>;
