import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { File } from "@hawser/protocol";
import { type RunningServer, startServer } from "@hawser/server";
import {
  createUploader,
  type Platform,
  type Uploader,
  type UploaderOptions,
  type UploadHandle,
} from "../../src/node.ts";
import { nodePlatform } from "../../src/platform-node.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";

/** A real server in a folder of its own. */
export interface ServerStage {
  readonly server: RunningServer;
  /** SHA-256 of a file as the server gives it out. */
  downloadSha256(file: Pick<File, "id">): Promise<string>;
  close(): Promise<void>;
}

export async function openServer(): Promise<ServerStage> {
  const dataDir = await mkdtemp(join(tmpdir(), "hawser-faults-"));
  const server = await startServer({ dataDir, port: 0, log: "silent", minFreeBytes: 0, shutdownGraceMs: 0 });
  return {
    server,
    downloadSha256: async ({ id }) => {
      const answer = await fetch(`${server.url}/files/${id}`);
      if (answer.status !== 200) throw new Error(`the file answers ${answer.status}`);
      return sha256Hex(new Uint8Array(await answer.arrayBuffer()));
    },
    close: async () => {
      await server.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

export function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Bytes that no other seed has. */
export function contentOf(seed: number, sizeBytes: number): Uint8Array<ArrayBuffer> {
  const random = seededRandom(seed);
  const words = new Uint32Array(Math.ceil(sizeBytes / 4)).map(() => random() * 2 ** 32);
  return new Uint8Array(words.buffer, 0, sizeBytes);
}

/** Node's platform, whose sleeps are noted and take a fiftieth of their time. */
export function hastyPlatform(seed: number): Platform & { readonly sleptMs: readonly number[] } {
  const sleptMs: number[] = [];
  return {
    ...nodePlatform,
    random: seededRandom(seed),
    sleep: (delayMs, signal) => {
      sleptMs.push(delayMs);
      return nodePlatform.sleep(delayMs / 50, signal);
    },
    sleptMs,
  };
}

export const lanes = 2;
/** Chunks of the longest run. */
export const runChunks = 2 * lanes;

/** An uploader for trouble: a run is longer than what may travel twice. */
export function openUploader(url: string, options: Partial<UploaderOptions>): Uploader {
  return createUploader({
    endpoint: `${url}/`,
    maxLanes: lanes,
    runChunks,
    stallTimeoutMs: 700,
    ...options,
  });
}

/** The file once it has arrived; a reason at once when it stands still for good. */
export async function arrivalOf(uploader: Uploader, handle: UploadHandle): Promise<File> {
  for await (const state of handle.states({ minIntervalMs: 0 })) {
    if (state.status === "completed") return state.file;
    if (state.status === "failed") throw state.error;
    const isStuck = state.status === "needs-source" || (state.status === "paused" && state.reasons.includes("parked"));
    if (isStuck) throw new Error(`it stands still: ${JSON.stringify(uploader.trace().slice(-12))}`);
  }
  throw new Error("it was cancelled");
}
