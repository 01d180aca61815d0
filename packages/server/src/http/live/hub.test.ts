import { LiveMessage, liveLimits } from "@hawser/protocol";
import { Compile } from "typebox/compile";
import { expect, test } from "vitest";
import { mebibyte, owner } from "../../../test/support/domain-stage.ts";
import { createHubStage, type HubStage, Viewer } from "../../../test/support/hub-stage.ts";
import { liveBounds } from "./bounds.ts";

const messages = Compile(LiveMessage);
const size = 8 * mebibyte;
const trip = { bundle: { id: "trip", position: 0 } };

/** A viewer that is in step with a subject, and whose first messages are forgotten. */
async function follow(stage: HubStage, subject: Parameters<HubStage["watch"]>[2], after: number | null = null) {
  const viewer = new Viewer();
  const watcher = stage.watch(viewer, owner, subject, after);
  await stage.exchange();
  return { viewer, watcher };
}

test("[S7] a life is told in its order: bytes before what follows from them", async () => {
  const stage = createHubStage();
  const { viewer } = await follow(stage, "uploads");
  expect(viewer.messages).toEqual([{ type: "uploads", subject: "uploads", seq: 0, uploads: [], isLast: true }]);
  viewer.clear();
  const id = await stage.begin(2 * mebibyte);
  await stage.send(id, [1], 2 * mebibyte);
  await stage.exchange();
  stage.clock.advance(10_000);
  await stage.send(id, [2], 2 * mebibyte);
  await stage.exchange();
  await stage.domain.finalize(owner, id, {});
  await stage.exchange();
  for (const message of viewer.messages) expect(messages.Errors(message)).toEqual([]);
  expect(viewer.types).toEqual([
    ...["created", "chunk_uploaded", "progress", "resumed", "chunk_uploaded", "progress"],
    ...["assembly_started", "validation_complete", "completed"],
  ]);
  expect(viewer.messages.at(-1)).toMatchObject({ seq: 3, events: [{}, {}, { upload: { state: "completed" } }] });
});

test("[S7] each subject gets what it is about, and no owner what is another's", async () => {
  const stage = createHubStage();
  const [mine, other] = [await stage.begin(size, trip), await stage.begin(size)];
  const subjects = ["uploads", `upload:${mine}`, "bundle:trip", `upload:${other}`] as const;
  const viewers = [];
  for (const subject of subjects) viewers.push((await follow(stage, subject)).viewer);
  const stranger = new Viewer();
  stage.watch(stranger, "somebody else", "uploads");
  await stage.exchange();
  for (const viewer of viewers) viewer.clear();
  await stage.domain.cancel(owner, mine);
  await stage.exchange();
  for (const viewer of viewers.slice(0, 3)) expect(viewer.events).toMatchObject([{ type: "cancelled", id: mine }]);
  expect(viewers.at(-1)?.events).toEqual([]);
  expect(stranger.events).toEqual([]);
});

test("[S7] somebody else's upload cannot be watched: it is as if there were none", async () => {
  const stage = createHubStage();
  const id = await stage.begin(size);
  const viewer = new Viewer();
  const watcher = stage.watch(viewer, "somebody else", `upload:${id}`);
  await stage.exchange();
  watcher.subscribe(`upload:${"0".repeat(32)}`, 0);
  await stage.exchange();
  expect(viewer.messages).toMatchObject([
    { type: "refused", subject: `upload:${id}`, problem: { code: "not_found" } },
    { type: "refused", problem: { code: "not_found" } },
  ]);
  expect(watcher.subscriptionCount).toBe(0);
});

test("[S7] progress is merged: told at once, then at most once an interval", async () => {
  const stage = createHubStage();
  const id = await stage.begin(size);
  const { viewer } = await follow(stage, `upload:${id}`);
  viewer.clear();
  for (const chunk of [1, 2, 4, 3]) {
    await stage.send(id, [chunk], size);
    await stage.exchange();
  }
  expect(viewer.events.flatMap((event) => ("ranges" in event ? [event.ranges] : []))).toEqual([[[1, 1]]]);
  stage.clock.advance(liveLimits.progressIntervalMs);
  await stage.settle();
  expect(viewer.events.slice(2)).toMatchObject([
    { type: "chunk_uploaded", ranges: [[2, 4]] },
    { type: "progress", receivedBytes: 4 * mebibyte, missingCount: 4, size },
  ]);
});

test("[S7] speed and time left are told as soon as they are known", async () => {
  const stage = createHubStage();
  const id = await stage.begin(size);
  const { viewer } = await follow(stage, `upload:${id}`);
  viewer.clear();
  for (const chunk of [1, 2, 3, 4]) {
    await stage.send(id, [chunk], size);
    await stage.exchange();
    stage.clock.advance(500);
  }
  const told = viewer.events.flatMap((event) => (event.type === "progress" ? [event] : []));
  expect(told.map(({ bytesPerSecond }) => bytesPerSecond === null)).toEqual([true, true, false, false]);
  expect((told[3]?.bytesPerSecond ?? 0) / (2 * mebibyte)).toBeCloseTo(1, 1);
  expect((told[3]?.timeLeftMs ?? 0) / 2_000).toBeCloseTo(1, 1);
});

test("[S7] a chunk that was not taken is told without a number", async () => {
  const stage = createHubStage();
  const id = await stage.begin(size, trip);
  const { viewer } = await follow(stage, "bundle:trip");
  viewer.clear();
  const rejection = { owner, uploadId: id, bundleId: "trip", code: "digest_mismatch" } as const;
  stage.hub.reject({ ...rejection, chunk: 4 });
  stage.hub.reject({ ...rejection, chunk: 3 });
  stage.hub.reject({ ...rejection, owner: "somebody else", chunk: 1 });
  stage.clock.advance(liveLimits.progressIntervalMs);
  await stage.settle();
  expect(viewer.events).toMatchObject([
    { type: "failed", id, code: "digest_mismatch", ranges: [[4, 4]] },
    { type: "failed", id, code: "digest_mismatch", ranges: [[3, 3]] },
  ]);
  expect(viewer.seq).toBe(1);
});

test("[S7] who comes again is told what it missed, then how things stand", async () => {
  const stage = createHubStage();
  const gone = await stage.begin(size);
  const seq = 1;
  const stays = await stage.begin(size);
  await stage.domain.cancel(owner, gone);
  const { viewer } = await follow(stage, "uploads", seq);
  expect(viewer.messages).toMatchObject([
    {
      type: "events",
      seq: 3,
      events: [
        { type: "created", id: stays },
        { type: "cancelled", id: gone },
      ],
    },
    { type: "uploads", seq: 3, uploads: [{ id: stays }], isLast: true },
  ]);
  const stranger = await follow(stage, "uploads", 1_000);
  expect(stranger.viewer.messages).toMatchObject([{ type: "uploads", seq: 3 }]);
  await stage.domain.cancel(owner, stays);
  await stage.exchange();
  expect(stranger.viewer.types).toEqual(["cancelled"]);
});

test("[S7] nobody watches: nothing is asked and no bell is rung; the last one to go switches it off", async () => {
  const stage = createHubStage();
  await stage.begin(size);
  await stage.settle();
  expect([stage.ports.isIdle, stage.bus.isFollowed]).toEqual([true, false]);
  const [first, second] = [await follow(stage, "uploads"), await follow(stage, "uploads")];
  expect(stage.asked.setWatched).toBe(1);
  await first.watcher.close();
  await stage.exchange();
  expect(stage.bus.isFollowed).toBe(true);
  await second.watcher.close();
  await stage.exchange();
  expect(stage.bus.isFollowed).toBe(false);
  const again = await follow(stage, "uploads");
  const id = await stage.begin(size);
  await stage.exchange();
  expect(again.viewer.events).toMatchObject([{ type: "created", id }]);
});

test("[S7] a watcher that takes nothing is kept nothing for but a number, and hinders nobody", async () => {
  const stage = createHubStage();
  const { viewer, watcher } = await follow(stage, "uploads");
  const healthy = await follow(stage, "uploads");
  viewer.isStuck = true;
  const ids: string[] = [];
  const metadata = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`key ${n}`, "x".repeat(200)]));
  for (let n = 0; n < 200; n++) ids.push(await stage.begin(size, { metadata }));
  await stage.exchange();
  expect(healthy.viewer.events.map(({ id }) => id)).toEqual(ids);
  expect(viewer.peakBytes).toBeLessThan(liveBounds.bufferedBytes + liveBounds.messageBytes + 10_000);
  const asked = { ...stage.asked };
  for (const id of ids) await stage.domain.cancel(owner, id);
  await stage.exchange();
  const keptBytes = viewer.bufferedBytes;
  // The others' reads alone went on.
  expect(stage.asked.snapshot).toBe(asked.snapshot);
  viewer.resume(watcher);
  await stage.exchange();
  expect(keptBytes).toBeLessThan(1_048_576);
  const seqs = viewer.events.flatMap((event) => ("seq" in event ? [event.seq] : []));
  expect(seqs).toEqual(Array.from({ length: 400 }, (_, n) => n + 1));
  expect(viewer.messages.at(-1)).toMatchObject({ type: "uploads", uploads: [], isLast: true, seq: 400 });
});

test("[S7] long lists come in pages and messages of bounded length", async () => {
  const stage = createHubStage();
  const metadata = { text: "x".repeat(3_000) };
  const ids: string[] = [];
  for (let n = 0; n < 2 * liveLimits.maxUploadsPerPage + 1; n++) ids.push(await stage.begin(size, { metadata }));
  const { viewer } = await follow(stage, "uploads");
  const pages = viewer.messages.flatMap((message) => (message.type === "uploads" ? [message] : []));
  expect(pages.flatMap(({ uploads }) => uploads.map(({ id }) => id))).toEqual(ids.reverse());
  expect(pages.map(({ isLast }) => isLast)).toEqual([...pages.slice(1).map(() => false), true]);
  for (const { bytes } of viewer.frames) expect(bytes.length).toBeLessThan(liveBounds.messageBytes + 200);
});

test("[S7] a lost bell is made up for", async () => {
  const stage = createHubStage();
  const { viewer } = await follow(stage, "uploads");
  stage.bus.publish = () => undefined;
  const id = await stage.begin(size);
  await stage.exchange();
  expect(viewer.events).toEqual([]);
  stage.hub.refresh();
  await stage.exchange();
  expect(viewer.events).toMatchObject([{ type: "created", id }]);
});

test("[S7] progress that costs much is told less often", async () => {
  const stage = createHubStage();
  const ids: string[] = [];
  for (let n = 0; n < 100; n++) ids.push(await stage.begin(size));
  const viewers: Viewer[] = [];
  for (let n = 0; n < 200; n++) viewers.push((await follow(stage, "uploads")).viewer);
  for (const viewer of viewers) viewer.clear();
  const round = async (chunk: number) => {
    for (const id of ids) await stage.send(id, [chunk], size);
    await stage.exchange();
  };
  await round(1);
  stage.clock.advance(liveLimits.progressIntervalMs);
  await stage.settle();
  const count = viewers[0]?.events.length as number;
  expect(count).toBeGreaterThan(150);
  await round(2);
  stage.clock.advance(2 * liveLimits.progressIntervalMs);
  await stage.settle();
  expect(viewers[0]?.events).toHaveLength(count);
  stage.clock.advance(1_000);
  await stage.settle();
  expect(viewers[0]?.events).toHaveLength(count + 200);
});

test("[S7] however many come at once, they read a few at a time, so that uploads find the ledger free", async () => {
  const stage = createHubStage();
  const id = await stage.begin(size);
  const viewers = Array.from({ length: 50 }, () => new Viewer());
  for (const viewer of viewers) stage.watch(viewer, owner, "uploads", 0);
  await stage.exchange();
  expect(stage.ports.peakQuestions).toBeLessThanOrEqual(liveBounds.readsAtOnce);
  for (const viewer of viewers) expect(viewer.messages).toMatchObject([{ events: [{ id }] }, { uploads: [{ id }] }]);
});

test("[S7] there is an end to how many may watch, of one owner and in all", async () => {
  const stage = createHubStage();
  const watchers = Array.from({ length: liveBounds.connectionsPerOwner }, () => stage.hub.watch(owner, new Viewer()));
  expect(() => stage.hub.admit(owner)).toThrow(expect.objectContaining({ code: "too_many_requests" }));
  stage.hub.admit("somebody else");
  await watchers[0]?.close();
  stage.hub.admit(owner);
  for (let n = 1; n < liveBounds.connections / liveBounds.connectionsPerOwner; n++) {
    for (let i = 0; i < liveBounds.connectionsPerOwner; i++) stage.hub.watch(`owner ${n}`, new Viewer());
  }
  stage.hub.watch(owner, new Viewer());
  expect(() => stage.hub.admit("one more")).toThrow(expect.objectContaining({ code: "unavailable" }));
});
