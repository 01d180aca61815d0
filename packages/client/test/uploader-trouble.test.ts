import { expect, test } from "vitest";
import { streamSource } from "../src/source/stream.ts";
import { type Fault, MemorySource, patternBytes } from "../src/testing/index.ts";
import { inPieces, mib, Stage } from "./stage.ts";

const chunkFaults: readonly Fault[] = [
  { kind: "lose-request" },
  { kind: "lose-answer" },
  { kind: "cut", afterBytes: 0 },
  { kind: "cut", afterBytes: mib + 77 },
  { kind: "flip", byte: 10 },
  { kind: "hang" },
  ...[408, 409, 423, 425, 429, 500, 502, 503, 504, 302, 404].map((status) => ({ kind: "answer" as const, status })),
  { kind: "answer", status: 503, code: "storage_fenced", headers: { "retry-after": "3" } },
  { kind: "answer", status: 409, code: "state_conflict" },
  { kind: "answer", status: 400, code: "run_incomplete" },
];

test("[R8] a stream that cannot be read again survives every broken line", async () => {
  const faults: Fault[] = [
    { kind: "lose-answer" },
    { kind: "cut", afterBytes: 700_000 },
    { kind: "lose-request" },
    { kind: "flip", byte: 5 },
    { kind: "cut", afterBytes: 1 },
  ];
  for (const sizeBytes of [null, 6 * mib + 5]) {
    const stage = new Stage({ maxLanes: 2 });
    const bytes = patternBytes(6 * mib + 5);
    stage.breakNext("chunks", ...faults);
    const upload = stage.uploader.add(streamSource(inPieces(bytes, 99_999), { name: "stream", sizeBytes }));
    await stage.end(upload);
    expect(stage.outcome(upload, bytes)).toBe("exact");
  }
});

test("[R8] [S15] whatever passing trouble a request meets, the file arrives exact and little travels twice", async () => {
  const bytes = patternBytes(4 * mib + 3);
  for (const kind of ["initialize", "chunks", "resume", "finalize", "one-shot"] as const) {
    for (const fault of chunkFaults) {
      for (const at of kind === "chunks" ? [0, 2] : [0]) {
        const stage = new Stage({ maxLanes: 2 });
        stage.server.fault = (request) => (request.kind === kind && request.earlier === at ? fault : undefined);
        // Something has to be asked with /resume at all.
        if (kind === "resume") {
          stage.server.fault = (request) => {
            if (request.kind === "chunks" && request.earlier === 1) return { kind: "lose-answer" };
            return request.kind === kind && request.earlier === at ? fault : undefined;
          };
        }
        const whole = kind === "one-shot" ? bytes.subarray(0, 70_000) : bytes;
        const upload = stage.uploader.add(new MemorySource(whole));
        await stage.end(upload);
        expect([kind, fault, at, upload.state.status]).toEqual([kind, fault, at, "completed"]);
        expect(stage.outcome(upload, whole)).toBe("exact");
        expect(stage.server.store.completed).toHaveLength(1);
        expect(stage.server.receivedBytes).toBeLessThanOrEqual(whole.length + 4 * mib);
      }
    }
  }
});

test("[V3] after the last attempt it is parked with its reason, and goes on where it was when asked to", async () => {
  const stage = new Stage({ maxAttempts: 3 });
  const bytes = patternBytes(4 * mib);
  const upload = stage.uploader.add(new MemorySource(bytes));
  stage.server.fault = ({ kind, earlier }) => (kind === "chunks" && earlier > 1 ? { kind: "lose-request" } : undefined);
  await stage.until(upload, "waiting");
  expect(upload.state).toMatchObject({ attempt: 1, maxAttempts: 3, cause: { code: "connection_lost" } });
  await stage.until(upload, "paused");
  expect(upload.state).toMatchObject({ reasons: ["parked"], cause: { code: "connection_lost" } });
  const record = [...stage.journal.records.values()][0];
  expect(record).toMatchObject({ paused: ["parked"], parked: { code: "connection_lost" } });
  const sentBefore = stage.server.receivedBytes;
  stage.server.fault = null;
  upload.resume();
  await stage.end(upload);
  expect(stage.outcome(upload, bytes)).toBe("exact");
  expect(sentBefore).toBeGreaterThan(0);
  expect(stage.server.receivedBytes).toBe(4 * mib);
});

test("[V3] one upload that fails blocks nobody", async () => {
  const stage = new Stage({ maxActive: 1 });
  stage.server.fault = ({ path }) => (path.includes("bad") ? { kind: "answer", status: 503 } : undefined);
  const bad = stage.uploader.add(new MemorySource(patternBytes(100), { name: "bad" }));
  const good = stage.uploader.add(new MemorySource(patternBytes(3 * mib), { name: "good" }));
  await stage.end(good);
  await stage.end(bad);
  expect([good.state.status, bad.state.status]).toEqual(["completed", "paused"]);
});

test("[S15] Retry-After is waited for", async () => {
  const stage = new Stage();
  stage.breakNext("one-shot", { kind: "answer", status: 429, headers: { "retry-after": "90" } });
  const upload = stage.uploader.add(new MemorySource(patternBytes(10)));
  await stage.until(upload, "waiting");
  const { state } = upload;
  expect(state.status === "waiting" && state.retryAt - stage.platform.now()).toBeGreaterThanOrEqual(90_000);
  await stage.end(upload);
  expect(stage.platform.monotonic()).toBeGreaterThanOrEqual(90_000);
  expect(upload.state.status).toBe("completed");
});

test("[S15] being offline pauses everything without spending attempts, and what a person paused stays paused", async () => {
  const stage = new Stage({ maxAttempts: 2 }, { latencyMs: 10 });
  const bytes = patternBytes(8 * mib);
  const upload = stage.uploader.add(new MemorySource(bytes));
  const paused = stage.uploader.add(new MemorySource(patternBytes(2 * mib)));
  paused.pause();
  await stage.until(upload, "uploading");
  for (let round = 0; round < 5; round++) {
    stage.platform.setOnline(false);
    await stage.platform.advance(60_000);
    expect(upload.state).toMatchObject({ status: "paused", reasons: ["offline"] });
    expect(paused.state).toMatchObject({ reasons: ["user", "offline"] });
    stage.platform.setOnline(true);
    await stage.platform.advance(15);
  }
  await stage.end(upload);
  expect(stage.outcome(upload, bytes)).toBe("exact");
  expect(paused.state).toMatchObject({ status: "paused", reasons: ["user"] });
});

test("[V3] [S15] a server that is away for an hour costs nobody an attempt, and its return lets all go on at once", async () => {
  const stage = new Stage({ maxAttempts: 3, maxActive: 2 }, { latencyMs: 10 });
  const sources = Array.from({ length: 30 }, (_, i) => patternBytes(2 * mib + i));
  const uploads = sources.map((bytes, i) => stage.uploader.add(new MemorySource(bytes, { name: `${i}` })));
  await stage.platform.runUntil(() => uploads.some(({ state }) => state.status === "completed"));
  stage.server.isDown = true;
  const asked = stage.server.requests.length;
  await stage.platform.advance(3_600_000);
  const { waiting, queued, paused, failed } = stage.uploader.summary().counts;
  expect({ paused, failed }).toEqual({ paused: 0, failed: 0 });
  expect(waiting).toBe(1);
  expect(queued).toBeGreaterThan(20);
  // At most the first failure of one that was in the middle of sending.
  for (const { state } of uploads) if (state.status === "waiting") expect(state.attempt).toBeLessThanOrEqual(1);
  // One probes, at most every 30 s on average every 15 s.
  expect(stage.server.requests.length - asked).toBeLessThan(600);
  stage.server.isDown = false;
  uploads.at(-1)?.resume();
  const returnedAt = stage.platform.monotonic();
  await stage.platform.runUntil(() => uploads.every(({ state }) => state.status === "completed"));
  expect(stage.platform.monotonic() - returnedAt).toBeLessThan(60_000);
  for (const [i, bytes] of sources.entries()) expect(stage.outcome(uploads[i] as never, bytes)).toBe("exact");
});

test("[V3] who does not want to wait is tried at once, and the first answer wakes all that wait", async () => {
  const stage = new Stage({ maxActive: 3, baseDelayMs: 60_000, maxDelayMs: 60_000 }, { latencyMs: 10 }, () => 0.5);
  const uploads = [1, 2, 3].map((i) => stage.uploader.add(new MemorySource(patternBytes(2 * mib + i))));
  stage.server.isDown = true;
  await stage.platform.runUntil(() => stage.uploader.summary().counts.waiting === 3);
  stage.server.isDown = false;
  uploads[1]?.pause();
  uploads[1]?.resume();
  await stage.platform.advance(1_000);
  expect(stage.uploader.summary().counts).toMatchObject({ completed: 3 });
});

test("[V3] the first answer lets the queue move, whatever the one that got it has left to do", async () => {
  const stage = new Stage({ maxActive: 3 }, { latencyMs: 10 });
  stage.server.isDown = true;
  const long = stage.uploader.add(new MemorySource(patternBytes(40 * mib)), { priority: "high" });
  const others = [1, 2, 3].map((i) => stage.uploader.add(new MemorySource(patternBytes(2 * mib + i))));
  await stage.platform.advance(600_000);
  expect(stage.uploader.summary().counts).toMatchObject({ waiting: 1, queued: 3 });
  stage.server.isDown = false;
  await stage.platform.runUntil(() => others.some(({ state }) => state.status === "uploading"));
  expect(long.state.status).not.toBe("completed");
  await stage.platform.runUntil(() => stage.uploader.summary().counts.completed === 4);
});

test("[R9] refused access pauses for new credentials and goes on with what is there", async () => {
  let token = "old";
  let refreshes = 0;
  const stage = new Stage({
    headers: () => ({ authorization: token }),
    refresh: async () => {
      refreshes++;
      token = "new";
    },
  });
  stage.server.fault = ({ kind, headers, earlier }) =>
    kind === "chunks" && earlier > 2 && headers.authorization === "old" ? { kind: "answer", status: 401 } : undefined;
  const bytes = patternBytes(9 * mib);
  const upload = stage.uploader.add(new MemorySource(bytes));
  await stage.end(upload);
  expect(stage.outcome(upload, bytes)).toBe("exact");
  expect(refreshes).toBe(1);
  expect(stage.count("initialize")).toBe(1);
});

test("[R9] without new credentials it stays paused for auth, and resume tries again", async () => {
  const stage = new Stage({
    refresh: async () => {
      throw new Error("signed out");
    },
  });
  stage.server.fault = () => ({ kind: "answer", status: 403 });
  const upload = stage.uploader.add(new MemorySource(patternBytes(2 * mib)));
  await stage.end(upload);
  await stage.platform.advance(3_600_000);
  expect(upload.state).toMatchObject({ status: "paused", reasons: ["auth"] });
  stage.server.fault = null;
  upload.resume();
  await stage.end(upload);
  expect(upload.state.status).toBe("completed");
});

test("[S15] a full server pauses for quota; resume goes on", async () => {
  const stage = new Stage();
  stage.breakNext("chunks", { kind: "answer", status: 507, code: "storage_full" });
  const upload = stage.uploader.add(new MemorySource(patternBytes(2 * mib)));
  await stage.end(upload);
  expect(upload.state).toMatchObject({ status: "paused", reasons: ["quota"], cause: { code: "storage_full" } });
  upload.resume();
  await stage.end(upload);
  expect(upload.state.status).toBe("completed");
});

test("[S15] an upload that vanished on the server begins anew, with a notice in the trace", async () => {
  const stage = new Stage({}, { latencyMs: 10 });
  const bytes = patternBytes(6 * mib);
  const upload = stage.uploader.add(new MemorySource(bytes));
  await stage.platform.runUntil(() => upload.state.confirmedBytes > 0);
  stage.server.store.wipe();
  await stage.end(upload);
  expect(stage.outcome(upload, bytes)).toBe("exact");
  expect(stage.uploader.trace().some(({ event, data }) => event === "restarted" && data?.code === "not_found")).toBe(
    true,
  );
});

test("[S15] what cannot succeed fails at once, with the reason; it is on record until it is forgotten", async () => {
  const stage = new Stage();
  for (const [status, code] of [
    [413, "size_too_large"],
    [415, undefined],
    [400, "invalid_request"],
  ] as const) {
    stage.breakNext("initialize", { kind: "answer", status, ...(code && { code }) });
    const upload = stage.uploader.add(new MemorySource(patternBytes(2 * mib)));
    const outcome = expect(upload.done).rejects.toMatchObject({
      code: code ?? "unsupported_media_type",
      retry: "never",
    });
    await stage.end(upload);
    await outcome;
    expect(upload.state.status).toBe("failed");
    expect(stage.journal.records.get(upload.id)).toMatchObject({ paused: ["parked"] });
    stage.uploader.forget(upload.id);
    await stage.platform.settle();
    expect(stage.journal.records.size).toBe(0);
  }
  expect(stage.uploader.uploads).toEqual([]);
});

test("[S18] what was forgotten just before the end is out of the journal before the journal is closed", async () => {
  const stage = new Stage();
  stage.breakNext("initialize", { kind: "answer", status: 400, code: "invalid_request" });
  const upload = stage.uploader.add(new MemorySource(patternBytes(2 * mib)));
  await stage.end(upload);
  const left: string[][] = [];
  stage.journal.closed = () => left.push([...stage.journal.records.keys()]);
  stage.uploader.forget(upload.id);
  await stage.uploader.close();
  expect(left).toEqual([[]]);
});

test("[S18] nothing is sent before the journal has it; a journal that fails for good ends in a parked upload", async () => {
  const stage = new Stage();
  let failures = 3;
  stage.journal.fail = () => {
    if (failures-- > 0) throw new Error("disk full");
  };
  const bytes = patternBytes(2 * mib);
  const upload = stage.uploader.add(new MemorySource(bytes));
  await stage.until(upload, "waiting");
  expect(stage.server.requests).toEqual([]);
  await stage.end(upload);
  expect(stage.outcome(upload, bytes)).toBe("exact");
  stage.journal.fail = () => {
    throw new Error("disk gone");
  };
  const sent = stage.server.requests.length;
  const second = stage.uploader.add(new MemorySource(bytes));
  await stage.end(second);
  expect(second.state).toMatchObject({ status: "paused", reasons: ["parked"] });
  expect(stage.server.requests).toHaveLength(sent);
});
