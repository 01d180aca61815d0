import { type File, HawserError } from "@hawser/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { pauseReasons } from "./pause.ts";
import { hasEnded, isTravelling, type Model, newModel, reduce, type UploadEvent } from "./state.ts";

const lost = new HawserError("connection_lost");
const file = { size: 10 } as File;

const event: fc.Arbitrary<UploadEvent> = fc.oneof(
  ...(
    ["admitted", "creating", "sending", "verifying", "due", "recalled", "lost", "supplied", "cancelled"] as const
  ).map((type) => fc.constant({ type })),
  fc.record({
    type: fc.constant("preparing" as const),
    work: fc.constantFrom("sampling" as const, "comparing" as const),
    doneBytes: fc.nat(),
  }),
  fc.record({ type: fc.constant("synced" as const), confirmedBytes: fc.nat(10) }),
  fc.record({ type: fc.constant("confirmed" as const), bytes: fc.nat(3) }),
  fc.constant({ type: "completed" as const, file }),
  fc.record({
    type: fc.constant("retried" as const),
    delayMs: fc.constantFrom(0, 5_000),
    retryAt: fc.nat(),
    cause: fc.constant(lost),
    silent: fc.boolean(),
  }),
  fc.record({ type: fc.constant("told" as const), confirmedBytes: fc.nat(10) }),
  fc.constant({ type: "restarted" as const, cause: lost }),
  fc.record({ type: fc.constant("held" as const), reason: fc.constantFrom(...pauseReasons), cause: fc.constant(null) }),
  fc.record({
    type: fc.constant("released" as const),
    reasons: fc.subarray([...pauseReasons]),
    anew: fc.boolean(),
  }),
  fc.constant({ type: "failed" as const, error: lost }),
);

test("[S16] no order of events leads to an impossible state; places, timers and queue seats are given back", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      let model = newModel(10, [], null);
      let isQueued = true;
      let isRunning = false;
      let isTimed = false;
      let hasPlace = false;
      for (const next of events) {
        if (next.type === "admitted" && !isQueued) continue;
        if (next.type === "due" && !isTimed) continue;
        const before: Model = model;
        const step = reduce(before, next);
        model = step.model;
        if (hasEnded(before)) expect(model).toBe(before);
        if (next.type === "admitted") [isQueued, hasPlace] = [false, true];
        if (next.type === "due") isTimed = false;
        for (const effect of step.effects) {
          if (effect === "enqueue") isQueued = true;
          if (effect === "dequeue") isQueued = false;
          if (effect === "run") isRunning = true;
          if (effect === "stop") isRunning = false;
          if (effect === "leave") hasPlace = false;
          if (effect === "wait") isTimed = true;
          if (effect === "unwait") isTimed = false;
        }
        expect({ isQueued, isRunning, isTimed }).toEqual({
          isQueued: model.status === "queued",
          isRunning: isTravelling(model),
          isTimed: model.status === "waiting",
        });
        if (isRunning) expect(hasPlace).toBe(true);
        if (hasPlace) expect(isRunning || model.status === "waiting").toBe(true);
        if (model.status === "paused") expect(model.reasons.length).toBeGreaterThan(0);
        if (model.status === "queued") expect(model.reasons).toEqual([]);
        if (model.status === "failed") expect(model.cause).not.toBeNull();
        if (hasEnded(model) && !hasEnded(before)) expect(step.effects).toContain("settle");
      }
    }),
    { numRuns: 500 },
  );
});

function after(events: readonly UploadEvent[], model = newModel(10, [], null)): Model {
  return events.reduce((current, next) => reduce(current, next).model, model);
}

const retried: UploadEvent = { type: "retried", delayMs: 5_000, retryAt: 0, cause: lost, silent: false };
const travelling: readonly UploadEvent[] = [{ type: "admitted" }, { type: "creating" }, { type: "sending" }];

test("[S15] the network's return does not undo what a person said, nor the other way round", () => {
  const held = after([
    { type: "held", reason: "user", cause: null },
    { type: "held", reason: "offline", cause: null },
  ]);
  const online = after([{ type: "released", reasons: ["offline"], anew: false }], held);
  expect([online.status, online.reasons]).toEqual(["paused", ["user"]]);
  const resumed = after([{ type: "released", reasons: ["user"], anew: true }], held);
  expect([resumed.status, resumed.reasons]).toEqual(["paused", ["offline"]]);
  expect(after([{ type: "released", reasons: ["user"], anew: true }], online).status).toBe("queued");
});

test("[V3] attempts count up to progress, and knowing again what was known is no progress", () => {
  const synced: UploadEvent = { type: "synced", confirmedBytes: 4 };
  const again: readonly UploadEvent[] = [{ type: "due" }, { type: "admitted" }, { type: "sending" }, synced];
  const waiting = after([...travelling, synced, retried]);
  expect(waiting.attempt).toBe(1);
  const twice = after([...again, retried], waiting);
  expect(twice.attempt).toBe(2);
  expect(after([...again, { type: "synced", confirmedBytes: 5 }], twice).attempt).toBe(0);
  expect(after([...again, { type: "confirmed", bytes: 1 }], twice).attempt).toBe(0);
  // Lost and won again is no progress either, or it would never end.
  const less = after([...again, { type: "synced", confirmedBytes: 2 }, { type: "confirmed", bytes: 2 }], twice);
  expect(less.attempt).toBe(2);
});

test("[R4] what an earlier life has sent is counted as resumed, once", () => {
  const model = after([...travelling, { type: "synced", confirmedBytes: 6 }, { type: "confirmed", bytes: 2 }]);
  expect([model.resumedBytes, model.confirmedBytes]).toEqual([6, 8]);
  const later = after([retried, { type: "due" }, { type: "admitted" }, { type: "synced", confirmedBytes: 9 }], model);
  expect([later.resumedBytes, later.confirmedBytes]).toEqual([6, 9]);
});

test("[V8] what is called back is queued again at once, with the attempts that it had", () => {
  const tried = after([...travelling, retried, { type: "due" }, ...travelling]);
  const { model, effects } = reduce(tried, { type: "recalled" });
  expect([model.status, model.attempt]).toEqual(["queued", 1]);
  // It stands in the queue before its place is free.
  expect(effects).toEqual(["stop", "enqueue", "leave"]);
  const verifying = after([{ type: "verifying" }], tried);
  expect(reduce(verifying, { type: "recalled" }).model).toBe(verifying);
});

test("[V3] a long wait gives its place to others, a short one does not lose it", () => {
  const long = reduce(after(travelling), retried);
  expect(long.effects).toContain("leave");
  const short = reduce(after(travelling), { ...retried, delayMs: 300 } as UploadEvent);
  expect(short.effects).not.toContain("leave");
  // It stands in the queue again before its place is free.
  expect(reduce(short.model, { type: "due" }).effects).toEqual(["unwait", "enqueue", "leave"]);
});
