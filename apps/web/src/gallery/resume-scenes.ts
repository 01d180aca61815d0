import type { Match } from "@hawser/client";
import { countChunks, missingRanges } from "@hawser/protocol";
import { type Scene, sceneMs } from "./fake-world.ts";
import { files, GB, MB, mixed, outOfOrder } from "./sample-uploads.ts";

const added = { name: "GOPR0042.MP4", sizeBytes: 2.4 * GB, lastModified: at(14, 9, 12) };
const holiday = { name: "holiday.mp4", sizeBytes: 612 * MB, lastModified: at(14, 18, 32) };

/** A moment in the June of the scenes. */
function at(day: number, hour: number, minute: number): string {
  return new Date(2026, 5, day, hour, minute).toISOString();
}

interface Own {
  readonly share: number;
  readonly begun: string;
  readonly expires: string;
  readonly lastModified?: string;
  readonly hash?: boolean;
  readonly filename?: string;
  readonly evidence?: Match["evidence"];
}

function match(id: string, { name, sizeBytes }: typeof added, own: Own): Match {
  const receivedBytes = Math.round(sizeBytes * own.share);
  const { confirmed } = outOfOrder(receivedBytes);
  return {
    candidate: {
      id,
      filename: own.filename ?? name,
      size: sizeBytes,
      ...(own.lastModified !== undefined && { lastModified: own.lastModified }),
      evidence: own.hash ? { sha256: "0".repeat(64) } : {},
      receivedBytes,
      missingChunks: missingRanges(confirmed, 1, countChunks(sizeBytes)),
      runAlign: 1,
      createdAt: own.begun,
      expiresAt: own.expires,
    },
    evidence: own.evidence ?? "name",
    resume: () => {
      throw new Error("Nothing goes on in the gallery.");
    },
    discard: async () => undefined,
  };
}

const page = { states: mixed, files, bytesPerSecond: 21.8 * MB };
const inAWeek = new Date(sceneMs + 7 * 86_400_000).toISOString();

/** What is asked when a file may continue an upload. */
export const resumeScenes = {
  "resume-one": {
    ...page,
    added: holiday,
    matches: [
      match("a", holiday, {
        share: 0.503,
        begun: at(20, 11, 20),
        expires: inAWeek,
        lastModified: holiday.lastModified,
        evidence: "time",
      }),
    ],
  },
  "resume-renamed": {
    ...page,
    added: holiday,
    matches: [
      match("a", holiday, {
        share: 0.503,
        begun: at(19, 11, 20),
        expires: inAWeek,
        lastModified: holiday.lastModified,
        evidence: "content",
        filename: "VID_20260614_183211.mp4",
        hash: true,
      }),
    ],
  },
  "resume-many": {
    ...page,
    added,
    matches: [
      match("a", added, {
        share: 0.71,
        begun: at(20, 11, 20),
        expires: inAWeek,
        lastModified: added.lastModified,
        hash: true,
        evidence: "time",
      }),
      match("b", added, {
        share: 0.31,
        begun: at(19, 22, 4),
        expires: at(26, 22, 4),
        lastModified: at(12, 17, 40),
        hash: true,
      }),
      match("c", added, { share: 0.07, begun: at(9, 8, 15), expires: at(16, 8, 15) }),
    ],
  },
} as const satisfies Record<string, Scene>;
