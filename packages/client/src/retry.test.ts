import { type ErrorCode, HawserError, retryClasses } from "@hawser/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffDelayMs, decideRetry } from "./retry.ts";

const rules = { maxAttempts: 5, baseDelayMs: 500, maxDelayMs: 30_000 };
const calm = { attempt: 0, restarts: 0, online: true, silentMs: null, random: 0.5 };
const decide = (code: ErrorCode, details = {}, situation = {}) =>
  decideRetry(new HawserError(code, details), { ...calm, ...situation }, rules);

test("[S15] every error of the table ends as retried, paused, begun anew, or failed with a reason", () => {
  const expected: Record<string, string> = {
    retry: "again",
    resync: "again",
    resend: "again",
    restart: "restart",
    auth: "pause",
    never: "fail",
  };
  for (const code of Object.keys(retryClasses) as ErrorCode[]) {
    const { kind } = decide(code);
    if (code === "storage_full") expect(kind).toBe("pause");
    else if (code === "source_unreadable") expect(kind).toBe("find-source");
    else expect([code, kind]).toEqual([code, expected[retryClasses[code]]]);
  }
});

test("[S15] delays are full jitter under a ceiling that doubles, and Retry-After is never undercut", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 3 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.integer({ min: 0, max: 600 }),
      (attempt, random, retryAfterSeconds) => {
        const decision = decide("unavailable", { retryAfterSeconds }, { attempt, random });
        if (decision.kind !== "again") throw new Error(decision.kind);
        expect(decision.delayMs).toBeGreaterThanOrEqual(retryAfterSeconds * 1_000);
        expect(decision.delayMs).toBeLessThanOrEqual(retryAfterSeconds * 1_000 + 500 * 2 ** attempt + 1);
      },
    ),
  );
  expect(backoffDelayMs(1_000, 0.999, rules)).toBeLessThan(30_000);
  expect(backoffDelayMs(3, 0, rules)).toBe(0);
});

test("[V3] attempts are bounded; being offline spends none", () => {
  expect(decide("connection_lost", {}, { attempt: 3 }).kind).toBe("again");
  expect(decide("connection_lost", {}, { attempt: 4 }).kind).toBe("park");
  expect(decide("connection_lost", {}, { attempt: 4, online: false })).toMatchObject({
    kind: "pause",
    reason: "offline",
  });
});

test("[V3] a server that answers nobody spends no attempt; the longer it is silent, the longer the pauses", () => {
  const silent = (silentMs: number, code: ErrorCode = "connection_lost") =>
    decide(code, {}, { attempt: 4, silentMs, random: 0.999 });
  expect([0, 400, 8_000, 3_600_000].map((silentMs) => silent(silentMs))).toEqual(
    [500, 500, 7_992, 29_970].map((delayMs) => ({ kind: "again", delayMs })),
  );
  expect(silent(8_000, "unavailable").kind).toBe("park");
  expect(decide("connection_lost", {}, { online: false, silentMs: 8_000 }).kind).toBe("pause");
});

test("[S15] damage and old knowledge are mended at once, the second time after a delay", () => {
  expect(decide("digest_mismatch")).toEqual({ kind: "again", delayMs: 0 });
  expect(decide("state_conflict")).toEqual({ kind: "again", delayMs: 0 });
  expect(decide("state_conflict", {}, { attempt: 1 })).toEqual({ kind: "again", delayMs: 500 });
});

test("[R9] refused access pauses for new credentials, until that was tried often enough", () => {
  for (const code of ["unauthorized", "forbidden"] as const) {
    expect(decide(code)).toEqual({ kind: "pause", reason: "auth", refresh: true });
    expect(decide(code, {}, { attempt: 4 })).toEqual({ kind: "pause", reason: "auth", refresh: false });
  }
});

test("[S15] what is gone begins anew, a few times; what somebody ended does not", () => {
  expect(decide("not_found").kind).toBe("restart");
  expect(decide("gone", { state: "expired" }).kind).toBe("restart");
  expect(decide("gone", {}, { restarts: 3 }).kind).toBe("fail");
  for (const state of ["cancelled", "failed", "completed"]) expect(decide("gone", { state }).kind).toBe("fail");
});

test("[R9] what contradicts the bytes sent before is a changed source", () => {
  for (const code of ["chunk_conflict", "size_conflict"] as const) {
    const decision = decide(code);
    expect(decision.kind === "fail" && decision.error.code).toBe("source_changed");
  }
});
