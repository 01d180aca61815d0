import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { limits } from "@hawser/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { blobSource, streamSource, type TransportRequest } from "../../src/node.ts";
import { nodePlatform } from "../../src/platform-node.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { createNodeTransport } from "../../src/transport/node-http.ts";
import { mostSentBytes } from "../faults/bounds.ts";
import { arrivalOf, contentOf, lanes, openUploader, runChunks, sha256Hex } from "../faults/stage.ts";
import { startFaultProxy } from "../proxy/fault-proxy.ts";

const chunk = limits.chunkSizeBytes;
const kills = 6;
let dataDir: string;
let server: { readonly child: ChildProcess; readonly port: number };
let restarting: Promise<void>;

async function serve(port: number): Promise<typeof server> {
  const program = join(import.meta.dirname, "serve.ts");
  const options = ["--conditions=@hawser/source", program, dataDir, `${port}`];
  const child = spawn(process.execPath, options, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { child, port: Number(line.toString()) };
}

async function restart(): Promise<void> {
  await kill(server);
  server = await serve(server.port);
}

async function kill({ child }: typeof server): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "hawser-server-kills-"));
  server = await serve(0);
  restarting = Promise.resolve();
});
afterEach(async () => {
  await restarting;
  await kill(server);
  await rm(dataDir, { recursive: true });
});

test.each(["file", "stream of unknown length"] as const)(
  "[R8] [S5] the server is killed and started again under a %s: it goes on by itself, exact, and little travels twice",
  async (kind) => {
    const random = seededRandom(5);
    const content = contentOf(5, 24 * chunk + 321);
    const proxy = await startFaultProxy({ target: `http://127.0.0.1:${server.port}`, seed: 5, plan: [] });
    const moments = Array.from({ length: kills }, () => random() * content.length).sort((a, b) => a - b);
    let sentBytes = 0;
    const inner = createNodeTransport();
    const transport = {
      ...inner,
      send: (request: TransportRequest, signal: AbortSignal) => {
        let before = 0;
        const onSent = (bytes: number) => {
          sentBytes += bytes - before;
          before = bytes;
          if (moments[0] !== undefined && sentBytes >= moments[0]) {
            moments.shift();
            restarting = restarting.then(restart);
          }
          request.onSent?.(bytes);
        };
        return inner.send({ ...request, onSent }, signal);
      },
    };
    const uploader = openUploader(proxy.url, {
      transport,
      platform: { ...nodePlatform, random },
      stallTimeoutMs: 10_000,
      // Any number of them may fall into the seconds in which there is no server.
      maxAttempts: 1_000,
      baseDelayMs: 50,
      maxDelayMs: 400,
    });
    const blob = new Blob([content]);
    const source = kind === "file" ? blobSource(blob, { name: "a" }) : await streamSource(blob.stream(), { name: "a" });
    const file = await arrivalOf(uploader, uploader.add(source));
    await restarting;
    expect(moments).toEqual([]);
    const { chunks } = proxy.counts.kinds;
    // What a killed server had read and not yet synced is gone: at most the run that each lane was sending.
    const lostChunks = kills * lanes * runChunks;
    expect(chunks.receivedBytes).toBeLessThanOrEqual(mostSentBytes(content.length, chunks, lostChunks));
    const download = await fetch(`http://127.0.0.1:${server.port}/files/${file.id}`);
    expect(sha256Hex(new Uint8Array(await download.arrayBuffer()))).toBe(sha256Hex(content));
    await uploader.close();
    await proxy.close();
  },
);
