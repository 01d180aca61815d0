import type { LiveUpload } from "@hawser/client";
import { countChunks, limits } from "@hawser/protocol";
import { sceneMs } from "./fake-world.ts";
import { stored } from "./sample-uploads.ts";

const MB = 1_000_000;

/** An upload of another device; what is not given is that of one of 612 MB that moves. */
export function liveUpload(name: string, given: Partial<LiveUpload> = {}): LiveUpload {
  const { state = "active", sizeBytes = 612 * MB } = given;
  const isMoving = state === "active" && given.receivedBytes !== 0;
  const receivedBytes = state === "active" ? 389 * MB : (sizeBytes ?? 0);
  const base = {
    id: `live-${name}`,
    name,
    contentType: "application/octet-stream",
    sizeBytes,
    receivedBytes,
    state,
    bytesPerSecond: isMoving ? 9.6 * MB : null,
    timeLeftMs: isMoving ? 23_000 : null,
    bundle: null,
    createdAt: sceneMs - 120_000,
    lastActivityAt: sceneMs,
    file: state === "completed" ? stored(name, sizeBytes ?? 0, 0) : null,
    failure: null,
    ...given,
  };
  const totalChunks = sizeBytes === null ? null : countChunks(sizeBytes);
  const missingChunks = totalChunks && totalChunks - Math.floor(base.receivedBytes / limits.chunkSizeBytes);
  return { totalChunks, missingChunks, ...base };
}

/** So long without a byte. */
export function silentFor(minutes: number, receivedBytes: number): Partial<LiveUpload> {
  const lastActivityAt = sceneMs - minutes * 60_000;
  return { receivedBytes, bytesPerSecond: null, timeLeftMs: null, lastActivityAt, createdAt: lastActivityAt };
}
