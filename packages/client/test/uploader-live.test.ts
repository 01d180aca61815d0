import { limits } from "@hawser/protocol";
import { expect, test, vi } from "vitest";
import type { OpenSocket } from "../src/live/socket.ts";
import { liveUpload, MemorySource, patternBytes } from "../src/testing/index.ts";
import { mib, Stage } from "./stage.ts";

function newStage(options: ConstructorParameters<typeof Stage>[0] = {}): Stage {
  const openSocket: OpenSocket = (url, listener) => stage.server.live.openSocket(url, listener);
  const stage = new Stage({ openSocket, ...options }, { latencyMs: 100 });
  return stage;
}

/** A client that watches a server in memory. */
async function watching(options?: ConstructorParameters<typeof Stage>[0]): Promise<Stage> {
  const stage = newStage(options);
  stage.uploader.live.subscribe(() => undefined);
  await stage.platform.runUntil(() => stage.uploader.live.standing.status === "live");
  return stage;
}

const names = ({ uploader }: Stage) => uploader.live.uploads.map(({ name }) => name);
const source = (name: string, sizeBytes: number) => new MemorySource(patternBytes(sizeBytes), { name });

test("[S7] nothing is asked before somebody listens, and nothing after the last one has left", async () => {
  const stage = newStage();
  const { live } = stage.uploader;
  await stage.platform.advance(60_000);
  expect([live.standing, stage.count("ticket")]).toEqual([{ status: "off", cause: null }, 0]);
  const leaves = [live.subscribe(() => undefined), live.subscribe(() => undefined)];
  await stage.platform.runUntil(() => live.standing.status === "live");
  expect(stage.server.live.openSockets).toBe(1);
  leaves[0]?.();
  leaves[0]?.();
  await stage.platform.advance(10_000);
  expect(stage.server.live.openSockets).toBe(1);
  leaves[1]?.();
  await stage.platform.advance(4_000);
  const again = live.subscribe(() => undefined);
  await stage.platform.advance(4_000);
  expect([stage.server.live.openSockets, stage.server.live.socketCount]).toEqual([1, 1]);
  again();
  await stage.platform.advance(6_000);
  expect([live.standing.status, stage.server.live.openSockets]).toEqual(["off", 0]);
  await stage.uploader.close();
});

test("[S7] an uploader that is closed closes its line", async () => {
  const stage = await watching();
  await stage.uploader.close();
  expect([stage.server.live.openSockets, stage.uploader.live.standing.status]).toEqual([0, "off"]);
  stage.uploader.live.subscribe(() => undefined);
  await stage.platform.settle();
  expect(stage.server.live.socketCount).toBe(1);
});

test("[S7] another device's upload shows, moves, ends and leaves; the array is the same while nothing changes", async () => {
  const stage = await watching();
  const { live } = stage.uploader;
  const listener = vi.fn();
  live.subscribe(listener);
  const upload = liveUpload("a");
  stage.server.live.change("created", upload);
  await stage.platform.advance(100);
  stage.server.live.progress(upload.id, 5 * mib, 1_000_000);
  await stage.platform.advance(100);
  expect(live.uploads).toMatchObject([
    { name: "a.mov", receivedBytes: 5 * mib, missingChunks: 5, bytesPerSecond: 1_000_000 },
  ]);
  const before = live.uploads;
  stage.server.live.alive();
  await stage.platform.advance(5_000);
  expect(live.uploads).toBe(before);
  stage.server.live.change("completed", { ...upload, state: "completed", receivedBytes: 10 * mib });
  await stage.platform.advance(100);
  expect(live.uploads).toMatchObject([{ state: "completed", bytesPerSecond: null }]);
  await stage.platform.advance(40_000);
  expect(live.uploads).toEqual([]);
  expect(listener).toHaveBeenCalled();
  await stage.uploader.close();
});

test("[S7] an upload of this client is never shown as another's: before it has its name, and after it is forgotten", async () => {
  const stage = await watching({ oneShotBytes: 0 });
  const seen: string[] = [];
  stage.uploader.live.subscribe(() => seen.push(...names(stage)));
  const upload = stage.uploader.add(source("own.bin", 3 * mib));
  // The server's answer is still on its way.
  await stage.platform.runUntil(() => upload.state.status === "creating");
  const id = "f".repeat(32);
  const told = liveUpload("own", { id, filename: "own.bin", size: 3 * mib });
  stage.server.live.change("created", told);
  await stage.platform.advance(60);
  expect(upload.state.uploadId).toBeNull();
  stage.server.live.change("cancelled", { ...told, state: "cancelled", deletedAt: told.createdAt });
  await stage.end(upload);
  const { uploadId, status } = upload.state;
  expect(status).toBe("completed");
  stage.server.live.change("completed", { ...told, id: uploadId as string, state: "completed" });
  await stage.platform.advance(1_000);
  stage.uploader.forget(upload.id);
  stage.server.live.change("created", liveUpload("other"));
  await stage.platform.advance(1_000);
  expect(new Set(seen)).toEqual(new Set(["other.mov"]));
  await stage.uploader.close();
});

/** An upload that has some chunks on the server, and stands still. */
async function pausedUpload(stage: Stage) {
  const upload = stage.uploader.add(source("long.bin", 40 * mib));
  await stage.platform.runUntil(() => upload.state.confirmedBytes >= 8 * limits.chunkSizeBytes);
  upload.pause();
  await stage.platform.settle();
  const id = upload.state.uploadId as string;
  const told = liveUpload("long", { id, filename: "long.bin", size: 40 * mib });
  stage.server.live.change("created", told);
  return { upload, id, told };
}

test("[S7] a cancel on the server reaches an upload that is paused here, by the server's own word", async () => {
  const stage = await watching();
  const { upload, id, told } = await pausedUpload(stage);
  stage.server.store.cancel(id);
  stage.server.live.change("cancelled", { ...told, state: "cancelled" });
  await stage.platform.advance(100);
  expect(upload.state).toMatchObject({ status: "failed", error: { code: "gone", details: { state: "cancelled" } } });
  await stage.uploader.close();
});

test("[S7] what is only told is not believed: the server was asked, and has it as it was", async () => {
  const stage = await watching();
  const { upload, told } = await pausedUpload(stage);
  const asked = stage.count("resume");
  stage.server.live.change("cancelled", { ...told, state: "cancelled" });
  await stage.platform.advance(100);
  expect([stage.count("resume"), upload.state.status]).toEqual([asked + 1, "paused"]);
  upload.resume();
  await stage.end(upload);
  expect(upload.state.status).toBe("completed");
  await stage.uploader.close();
});

test("[S7] what ended while nobody watched is found with the first list", async () => {
  const stage = await watching();
  const { upload, id } = await pausedUpload(stage);
  await stage.restart();
  stage.server.store.cancel(id);
  stage.server.live.wipe();
  const again = stage.uploader.uploads[0];
  expect(again?.state.uploadId).toBe(id);
  stage.uploader.live.subscribe(() => undefined);
  await stage.platform.runUntil(() => again?.state.status === "failed", 10_000);
  expect(upload.state.status).toBe("paused");
  await stage.uploader.close();
});

test("[S7] an upload that waits for its next attempt makes it at once when its end is told", async () => {
  const stage = await watching({ baseDelayMs: 600_000, maxDelayMs: 3_600_000 });
  const { upload, id, told } = await pausedUpload(stage);
  stage.server.fault = ({ kind }) => (kind === "resume" ? { kind: "answer", status: 503 } : undefined);
  upload.resume();
  await stage.until(upload, "waiting");
  stage.server.fault = null;
  stage.server.store.cancel(id);
  stage.server.live.change("cancelled", { ...told, state: "cancelled" });
  await stage.platform.advance(1_000);
  expect(upload.state.status).toBe("failed");
  await stage.uploader.close();
});

test("[S7] where no socket gets through, other devices show all the same, and the reason is told", async () => {
  const stage = newStage();
  const { live } = stage.uploader;
  stage.server.live.refusesSockets = true;
  stage.server.live.change("created", liveUpload("a"));
  live.subscribe(() => undefined);
  await stage.platform.runUntil(() => live.uploads.length === 1);
  expect(live.standing).toMatchObject({ status: "polling", cause: { code: "connection_lost" } });
  stage.server.live.change("completed", liveUpload("a", { state: "completed" }));
  await stage.platform.runUntil(() => live.uploads[0]?.state === "completed", 40_000);
  await stage.uploader.close();
});

test("[S7] a page that is hidden closes its line after a minute, and misses nothing when it is seen again", async () => {
  const page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const turn = (visibilityState: string) => {
    page.visibilityState = visibilityState;
    page.dispatchEvent(new Event("visibilitychange"));
  };
  vi.stubGlobal("document", page);
  try {
    const stage = await watching();
    const { live: server } = stage.server;
    const beat = async (count: number) => {
      for (let i = 0; i < count; i++) {
        await stage.platform.advance(10_000);
        server.alive();
      }
    };
    turn("hidden");
    await beat(5);
    turn("visible");
    await beat(5);
    expect([server.openSockets, server.socketCount]).toEqual([1, 1]);
    turn("hidden");
    await beat(7);
    expect([stage.uploader.live.standing.status, server.openSockets]).toEqual(["off", 0]);
    server.change("completed", liveUpload("a", { state: "completed" }));
    turn("visible");
    await stage.platform.runUntil(() => stage.uploader.live.standing.status === "live");
    await stage.platform.advance(100);
    expect(names(stage)).toEqual(["a.mov"]);
    await stage.uploader.close();
  } finally {
    vi.unstubAllGlobals();
  }
});
