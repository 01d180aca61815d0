import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { limits } from "@hawser/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { watch } from "../../src/live/node.ts";
import { blobSource, createUploader } from "../../src/node.ts";
import { contentOf } from "../faults/stage.ts";

const chunk = limits.chunkSizeBytes;
const patience = { timeout: 30_000, interval: 5 };
const kills = 3;
let dataDir: string;
let server: { readonly child: ChildProcess; readonly port: number };

async function serve(port: number): Promise<typeof server> {
  const options = ["--conditions=@hawser/source", join(import.meta.dirname, "serve.ts"), dataDir, `${port}`];
  const child = spawn(process.execPath, options, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { child, port: Number(line.toString()) };
}

async function kill({ child }: typeof server): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "hawser-live-kills-"));
  server = await serve(0);
});
afterEach(async () => {
  await kill(server);
  await rm(dataDir, { recursive: true });
});

test("[S7] [R8] the server is killed and started again under two devices: who watches sees every event once, in order", async () => {
  const endpoint = `http://127.0.0.1:${server.port}/`;
  const closing = new AbortController();
  const events: { seq: number; type: string }[] = [];
  let lives = 0;
  const running = watch({
    endpoint,
    subjects: ["uploads"],
    signal: closing.signal,
    onMessage: (message) => {
      if (message.type !== "events") return;
      for (const event of message.events) if ("seq" in event) events.push({ seq: event.seq, type: event.type });
    },
    onStanding: ({ status }) => {
      if (status === "live") lives++;
    },
  });
  const options = { endpoint, maxBytesPerSecond: 6 * chunk, baseDelayMs: 50, maxDelayMs: 300, maxAttempts: 1_000 };
  const devices = [createUploader(options), createUploader(options)] as const;
  const stopShowing = devices[0].live.subscribe(() => undefined);
  await expect.poll(() => [lives, devices[0].live.standing.status], patience).toEqual([1, "live"]);
  const handles = devices.map((device, index) =>
    device.add(blobSource(new Blob([contentOf(index, 14 * chunk)]), { name: `${index}.bin` })),
  );
  for (let life = 1; life <= kills; life++) {
    await expect
      .poll(() => handles.every(({ state }) => state.confirmedBytes >= life * 3 * chunk), patience)
      .toBe(true);
    await kill(server);
    // What is added now begins as soon as the server is back.
    devices[0].add(blobSource(new Blob(["small"]), { name: `small-${life}` }));
    server = await serve(server.port);
    await expect.poll(() => lives, patience).toBe(life + 1);
  }
  await Promise.all(handles.map(({ done }) => done));
  const isWhole = () => events.filter(({ type }) => type === "completed").length === handles.length + kills;
  await expect.poll(isWhole, patience).toBe(true);
  // One number each, but for the proof that comes with a completion.
  const seqs = events.filter(({ type }) => type !== "validation_complete").map(({ seq }) => seq);
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => index + 1));
  await expect.poll(() => devices[0].live.uploads, patience).toMatchObject([{ name: "1.bin", state: "completed" }]);
  closing.abort();
  await running;
  stopShowing();
  await Promise.all(devices.map((device) => device.close()));
});
