import { HawserError } from "@hawser/protocol";
import { type Scene, sceneMs } from "./fake-world.ts";
import { files, GB, longName, MB, upload, uploading } from "./sample-uploads.ts";

const earlier = { isFromEarlier: true } as const;

const lacking = (name: string, sizeBytes: number, confirmedBytes: number, canReopen: boolean) => ({
  ...upload<"needs-source">(name, sizeBytes, confirmedBytes, {
    status: "needs-source",
    evidence: { sampledHash: "9f2c41d077ab03e51c88e2f4".padEnd(64, "0") },
    canReopen,
  }),
  ...earlier,
});

const walk = lacking("Harbour walk, long take.mov", 612 * MB, 389 * MB, true);
const survey = lacking("drone-survey-quay-7.las", 2 * GB, 1.2 * GB, true);
const wedding = lacking(longName, 3.1 * GB, 1.9 * GB, false);
const goesOn = {
  ...uploading("tide-tables-2026.zip", 84 * MB, 30 * MB, { lanes: 2, bytesPerSecond: 4.1 * MB, timeLeftMs: 13_000 }),
  ...earlier,
};
const pausedBefore = {
  ...upload<"paused">("field-recordings-day-3.wav", 840 * MB, 319 * MB, {
    status: "paused",
    reasons: ["user"],
    cause: null,
  }),
  ...earlier,
};
const unreached = {
  ...upload<"waiting">("nas-backup-full.img", 48 * GB, 12 * GB, {
    status: "waiting",
    retryAt: sceneMs + 3_000,
    attempt: 0,
    maxAttempts: 8,
    cause: new HawserError("connection_lost"),
  }),
  ...earlier,
};

/** What a person comes back to. */
export const returnScenes = {
  return: { states: [walk, survey, wedding], files },
  "return-moving": { states: [goesOn, walk, wedding, pausedBefore], files, bytesPerSecond: 4.1 * MB },
  "return-by-itself": { states: [goesOn], files, bytesPerSecond: 4.1 * MB },
  "return-unreachable": { states: [unreached, walk], files: [], cannotList: true },
  "return-offline": { states: [walk, wedding], files, isOnline: false, offlineSinceMs: sceneMs - 600_000 },
} as const satisfies Record<string, Scene>;
