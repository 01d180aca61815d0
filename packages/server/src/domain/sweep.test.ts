import { describe, expect, test } from "vitest";
import { codeOf, createStage, mebibyte, owner, type Stage } from "../../test/support/domain-stage.ts";
import { createMemoryLedger } from "../adapters/memory/ledger.ts";
import type { Ledger } from "../ports/ledger.ts";

const hour = 3_600_000;
const day = 24 * hour;
const quiet = { clockJumped: false, expired: 0, removed: 0, tombstones: 0, orphans: 0, failures: 0, more: false };

/** Lets time pass with a round of the sweep every half hour, as a server does. */
async function live(stage: Stage, durationMs: number): Promise<number> {
  let expired = 0;
  for (let passed = 0; passed < durationMs; passed += hour / 2) {
    stage.clock.advance(hour / 2);
    expired += (await stage.domain.sweep()).expired;
  }
  return expired;
}

describe("expiry", () => {
  test("[R6] [S10] an upload expires seven days after its last activity, with its bytes, and not before", async () => {
    const stage = createStage();
    const size = 2 * mebibyte;
    const id = await stage.begin(size);
    await stage.domain.sweep();
    await live(stage, 3 * day);
    await stage.send(id, [1], size);
    stage.bytes.put(id, 1, Buffer.from("x"));
    expect(await live(stage, 7 * day - hour)).toBe(0);
    expect(await live(stage, 3 * hour)).toBe(1);
    expect(await codeOf(stage.domain.upload(owner, id))).toBe("gone");
    expect(await stage.kinds(id)).toEqual(["created", "expired"]);
    expect((await stage.record(id))?.bytesIn).toBe("none");
    expect(stage.bytes.stored.size).toBe(0);
  });

  test.each([30 * day, -30 * day])("[R6] a clock that jumps by %d ms and comes back expires nothing", async (jump) => {
    const stage = createStage();
    const id = await stage.begin(5);
    await live(stage, day);
    stage.clock.jump(jump);
    expect(await stage.domain.sweep()).toEqual({ ...quiet, clockJumped: true });
    expect(await live(stage, hour / 2)).toBe(0);
    stage.clock.jump(-jump);
    expect((await stage.domain.sweep()).clockJumped).toBe(true);
    expect(await live(stage, 5 * day)).toBe(0);
    expect((await stage.domain.upload(owner, id)).state).toBe("active");
    expect(await live(stage, 2 * day)).toBe(1);
  });

  test("[R6] after a long sleep who comes back within the hour finds the upload", async () => {
    const stage = createStage();
    const size = 2 * mebibyte;
    const [lost, kept] = [await stage.begin(size), await stage.begin(size)];
    await stage.domain.sweep();
    stage.clock.jump(10 * day);
    await stage.domain.sweep();
    await live(stage, hour / 2);
    await stage.send(kept, [1], size);
    expect(await live(stage, hour)).toBe(1);
    expect((await stage.record(lost))?.state).toBe("expired");
    expect((await stage.record(kept))?.state).toBe("active");
  });

  test("[R6] a server that was off for long gives everybody an hour after its start", async () => {
    const stage = createStage();
    await stage.begin(5);
    stage.clock.advance(100 * day);
    expect(await stage.domain.sweep()).toEqual(quiet);
    stage.clock.advance(hour - 1);
    expect(await stage.domain.sweep()).toEqual(quiet);
    stage.clock.advance(1);
    expect((await stage.domain.sweep()).expired).toBe(1);
  });

  test("[S10] rounds are bounded and say that there is more", async () => {
    const stage = createStage({ sweepBatch: 2, markMs: 0 });
    for (let i = 0; i < 3; i++) await stage.begin(5);
    stage.clock.advance(8 * day);
    await stage.domain.sweep();
    expect(await stage.domain.sweep()).toMatchObject({ expired: 2, more: true });
    expect(await stage.domain.sweep()).toMatchObject({ expired: 1 });
  });

  test("[R6] who sends a chunk at the very moment of expiry keeps the upload", async () => {
    const memory = createMemoryLedger();
    let meanwhile = async () => {};
    const transact: Ledger["transact"] = async (name, work) => {
      if (name === "expire") await meanwhile();
      return memory.transact(name, work);
    };
    const stage = createStage({ markMs: 0 }, { ledger: { ...memory, transact } });
    const size = 2 * mebibyte;
    const id = await stage.begin(size);
    stage.clock.advance(8 * day);
    await stage.domain.sweep();
    meanwhile = async () => void (await stage.send(id, [1], size));
    expect((await stage.domain.sweep()).expired).toBe(0);
    expect(await stage.domain.upload(owner, id)).toMatchObject({ state: "active", receivedBytes: mebibyte });
  });

  test("[S9] a completed file outlives every sweep", async () => {
    const stage = createStage();
    const id = await stage.begin(5);
    await stage.sendBytes(id, Buffer.from("hello"));
    await stage.domain.finalize(owner, id, {});
    stage.clock.advance(1_000 * day);
    await stage.domain.sweep();
    expect(await live(stage, 3 * hour)).toBe(0);
    expect((await stage.domain.locateFile(owner, id)).file.id).toBe(id);
    expect(stage.bytes.stored.has(id)).toBe(true);
  });
});

test("[R6] a tombstone answers 410 for thirty days, then 404, and frees its key", async () => {
  const stage = createStage();
  const body = { filename: "a", size: 5 };
  const { response } = await stage.domain.initialize(owner, body, "k");
  await stage.domain.cancel(owner, response.id);
  await stage.settle();
  await stage.domain.sweep();
  await live(stage, 29 * day);
  expect(await codeOf(stage.domain.upload(owner, response.id))).toBe("gone");
  await live(stage, day + 2 * hour);
  expect(await codeOf(stage.domain.upload(owner, response.id))).toBe("not_found");
  expect((await stage.domain.initialize(owner, body, "k")).created).toBe(true);
});

describe("orphans", () => {
  test("[R8] bytes without an upload go when two rounds, far enough apart, both saw them", async () => {
    const stage = createStage();
    const orphan = "0".repeat(32);
    const active = await stage.begin(5);
    stage.bytes.put(orphan, 1, Buffer.from("x"));
    stage.bytes.put(active, 1, Buffer.from("x"));
    stage.bytes.put("lost+found", 1, Buffer.from("x"));
    expect((await stage.domain.sweep()).orphans).toBe(0);
    stage.clock.advance(hour - 1);
    expect((await stage.domain.sweep()).orphans).toBe(0);
    stage.clock.advance(1);
    expect((await stage.domain.sweep()).orphans).toBe(1);
    expect([...stage.bytes.stored.keys()]).toEqual([active, "lost+found"]);
  });

  test("[R8] bytes that came back after their upload was removed go too, a jump of the clock or not", async () => {
    const stage = createStage();
    const id = await stage.begin(5);
    await stage.domain.cancel(owner, id);
    await stage.settle();
    stage.bytes.put(id, 1, Buffer.from("late"));
    await stage.domain.sweep();
    stage.clock.jump(100 * day);
    expect((await stage.domain.sweep()).orphans).toBe(0);
    stage.clock.advance(hour);
    expect((await stage.domain.sweep()).orphans).toBe(1);
  });

  test("[S10] a round looks at a bounded number of ids and comes to all of them", async () => {
    const stage = createStage({ sweepBatch: 3, orphanGraceMs: 0 });
    for (let i = 0; i < 8; i++) stage.bytes.put(i.toString(16).padStart(32, "0"), 1, Buffer.from("x"));
    let removed = 0;
    for (let round = 0; round < 8; round++) removed += (await stage.domain.sweep()).orphans;
    expect(removed).toBe(8);
  });
});

test("[S8] finalize, cancel and expiry at once: one winner, and the others learn it", async () => {
  for (const order of [0, 1, 2]) {
    const stage = createStage({ markMs: 0, expiryMs: 0 });
    const id = await stage.begin(0);
    stage.clock.advance(1_000);
    await stage.domain.sweep();
    const works = [
      () => codeOf(stage.domain.finalize(owner, id, {})),
      () => codeOf(stage.domain.cancel(owner, id)),
      () => codeOf(stage.domain.sweep()),
    ];
    const turned = [...works.slice(order), ...works.slice(0, order)];
    const codes = await Promise.all(turned.map((work) => work()));
    const state = (await stage.record(id))?.state;
    expect(["completed", "cancelled", "expired"]).toContain(state);
    const finals = (await stage.kinds(id)).filter((kind) => ["completed", "cancelled", "expired"].includes(kind));
    expect(finals).toEqual([state]);
    expect(codes.every((code) => [undefined, "gone", "state_conflict"].includes(code))).toBe(true);
  }
});
