import { type LiveMessage, limits } from "@hawser/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { watch } from "../../src/live/node.ts";
import { blobSource, createUploader, type LiveUpload, type Uploader, type UploadHandle } from "../../src/node.ts";
import { nodePlatform } from "../../src/platform-node.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { contentOf, openServer, type ServerStage } from "../faults/stage.ts";
import { Way, type WayOptions } from "./way.ts";

const chunk = limits.chunkSizeBytes;
const patience = { timeout: 20_000, interval: 5 };
let stage: ServerStage;
const closings: (() => unknown)[] = [];

beforeEach(async () => {
  stage = await openServer();
});
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
  await stage.close();
});

function device(endpoint = `${stage.server.url}/`): Uploader {
  const uploader = createUploader({ endpoint, maxBytesPerSecond: 8 * chunk });
  closings.push(() => uploader.close());
  return uploader;
}

async function wayTo(options: Omit<WayOptions, "targetPort">): Promise<{ way: Way; url: string }> {
  const way = new Way({ ...options, targetPort: stage.server.port });
  closings.push(() => way.close());
  return { way, url: await way.listen() };
}

function send(uploader: Uploader, name: string, sizeBytes: number): UploadHandle {
  return uploader.add(blobSource(new Blob([contentOf(sizeBytes, sizeBytes)]), { name }));
}

/** All that a device shows of others, as it changes. */
function shownBy(uploader: Uploader): LiveUpload[][] {
  const shown: LiveUpload[][] = [];
  closings.push(
    uploader.live.subscribe(() => {
      if (uploader.live.uploads !== shown.at(-1)) shown.push([...uploader.live.uploads]);
    }),
  );
  return shown;
}

test("[S7] [S16] what one device sends is seen by another while it moves, until it is safe, and never twice", async () => {
  const phone = device();
  const laptop = device();
  const shown = shownBy(phone);
  const own = shownBy(laptop);
  await expect
    .poll(() => [phone.live.standing.status, laptop.live.standing.status], patience)
    .toEqual(["live", "live"]);
  const upload = send(laptop, "film.bin", 5 * chunk + 1);
  const { file } = await upload.done;
  await expect.poll(() => phone.live.uploads, patience).toMatchObject([{ state: "completed", file }]);
  expect(shown.every((uploads) => uploads.length <= 1)).toBe(true);
  const sizes = shown.flatMap(([first]) => (first === undefined ? [] : [first.receivedBytes]));
  expect(sizes.some((bytes) => bytes > 0 && bytes < 5 * chunk)).toBe(true);
  expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
  expect(own.flat()).toEqual([]);
});

test("[S7] a cancel from elsewhere reaches an upload that is paused here", async () => {
  const phone = device();
  shownBy(phone);
  const upload = send(phone, "long.bin", 40 * chunk);
  await expect.poll(() => upload.state.confirmedBytes, patience).toBeGreaterThan(chunk);
  upload.pause();
  await expect.poll(() => [upload.state.status, phone.live.standing.status], patience).toEqual(["paused", "live"]);
  const answer = await fetch(`${stage.server.url}/uploads/${upload.state.uploadId}`, { method: "DELETE" });
  expect(answer.status).toBe(204);
  await expect
    .poll(() => upload.state, patience)
    .toMatchObject({ status: "failed", error: { code: "gone", details: { state: "cancelled" } } });
});

/** Every message of all uploads, over this address. */
function listen(endpoint: string) {
  const messages: LiveMessage[] = [];
  const closing = new AbortController();
  let status = "";
  const platform = { ...nodePlatform, random: seededRandom(7) };
  const running = watch({
    endpoint,
    subjects: ["uploads"],
    signal: closing.signal,
    platform,
    onMessage: (message) => messages.push(message),
    onStanding: (standing) => {
      status = standing.status;
    },
  });
  closings.push(async () => {
    closing.abort();
    await running;
  });
  const numbered = () =>
    messages
      .flatMap((message) => (message.type === "events" ? message.events : []))
      .flatMap((event) => ("seq" in event ? [`${event.seq} ${event.type} ${event.id}`] : []));
  return { messages, numbered, status: () => status };
}

test.each([1, 2, 3])(
  "[S7] over a way that cuts every line after some messages no event is missed and none comes twice (seed %i)",
  async (seed) => {
    const random = seededRandom(seed);
    const { way, url } = await wayTo({ cutAfter: () => 1 + Math.floor(random() * 6) });
    const straight = listen(`${stage.server.url}/`);
    const bad = listen(url);
    await expect.poll(() => [straight.status(), bad.status()], patience).toEqual(["live", "live"]);
    const sender = device();
    for (let i = 0; i < 12; i++) {
      // One after the other: there is more to tell than what is missed during one cut.
      await send(sender, `${i}.bin`, i % 3 === 0 ? 2 * chunk : 1_000 + i).done;
    }
    const isWhole = () => straight.numbered().filter((event) => event.includes(" completed ")).length === 12;
    await expect.poll(isWhole, patience).toBe(true);
    await expect.poll(() => bad.numbered(), patience).toEqual(straight.numbered());
    expect(way.brokenLines).toBeGreaterThan(1);
  },
);

test("[S7] behind a proxy that knows no WebSockets other devices show by asking, and so do their ends", async () => {
  const { way, url } = await wayTo({ refusesUpgrades: true });
  const phone = device(url);
  const shown = shownBy(phone);
  const upload = send(device(), "film.bin", 40 * chunk);
  await expect.poll(() => phone.live.standing.status, patience).toBe("polling");
  await expect.poll(() => phone.live.uploads, patience).toMatchObject([{ name: "film.bin", state: "active" }]);
  expect(way.brokenLines).toBe(3);
  upload.cancel();
  await expect.poll(() => phone.live.uploads, patience).toMatchObject([{ name: "film.bin", state: "cancelled" }]);
  expect(shown.length).toBeGreaterThan(1);
});
