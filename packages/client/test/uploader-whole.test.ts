import { expect, test } from "vitest";
import { MemorySource, patternBytes } from "../src/testing/index.ts";
import type { UploadHandle } from "../src/uploader-api.ts";
import { mib, Stage } from "./stage.ts";

const sizeBytes = 800_000;

function file(stage: Stage, name: string, bytes: Uint8Array): MemorySource {
  const make = () => new MemorySource(bytes, { name }, { kind: "path", path: name });
  stage.files.set(name, make);
  return make();
}

/** A client that knows its line: something large went over it. */
async function onKnownLine(latencyMs: number): Promise<Stage> {
  const stage = new Stage({}, { latencyMs });
  await stage.end(stage.uploader.add(new MemorySource(patternBytes(9 * mib))));
  return stage;
}

test("[R8] [S16] over a line that nobody knows a file goes in parts, so that one that breaks all the time brings it all the same", async () => {
  const stage = new Stage();
  stage.server.fault = ({ bodyBytes }) => (bodyBytes > 300_000 ? { kind: "cut", afterBytes: 150_000 } : undefined);
  const bytes = patternBytes(sizeBytes);
  const upload = stage.uploader.add(new MemorySource(bytes));
  await stage.end(upload);
  expect([stage.outcome(upload, bytes), stage.count("one-shot")]).toEqual(["exact", 0]);
  const small = stage.uploader.add(new MemorySource(patternBytes(262_144)));
  await stage.end(small);
  expect([small.state.status, stage.count("one-shot")]).toEqual(["completed", 1]);
});

test("[S16] over a line that is known to be quick it goes in one request, and not over a slow one", async () => {
  for (const [latencyMs, requests] of [
    [20, 1],
    [60_000, 0],
  ] as const) {
    const stage = await onKnownLine(latencyMs);
    const bytes = patternBytes(sizeBytes);
    const upload = stage.uploader.add(new MemorySource(bytes));
    await stage.end(upload);
    expect([latencyMs, stage.outcome(upload, bytes), stage.count("one-shot")]).toEqual([latencyMs, "exact", requests]);
  }
});

for (const life of ["the same life", "the next one"]) {
  test(`[S5] [R5] [R8] what came in one request whose answer was lost is found by its key in ${life}, and is there once`, async () => {
    const stage = await onKnownLine(20);
    const bytes = patternBytes(sizeBytes);
    stage.breakNext("one-shot", { kind: "lose-answer" });
    const before = stage.server.store.completed.length;
    let upload = stage.uploader.add(file(stage, "photo.jpg", bytes));
    await stage.platform.runUntil(() => stage.server.store.completed.length > before);
    if (life === "the next one") {
      await stage.restart();
      upload = stage.uploader.uploads[0] as UploadHandle;
    }
    const sentBytes = stage.server.receivedBytes;
    await stage.end(upload);
    expect(stage.outcome(upload, bytes)).toBe("exact");
    expect([stage.server.store.completed.length, stage.count("one-shot")]).toEqual([before + 1, 1]);
    // Nothing but questions.
    expect(stage.server.receivedBytes - sentBytes).toBeLessThan(2_000);
  });
}

test("[R8] a file that was cut off in one request comes in chunks afterwards; the smallest are sent whole again", async () => {
  for (const [size, wholes] of [
    [200_000, 1],
    [60_000, 3],
  ] as const) {
    const stage = new Stage();
    const cut = { kind: "cut", afterBytes: 50_000 } as const;
    stage.breakNext("one-shot", cut, cut);
    const bytes = patternBytes(size);
    const upload = stage.uploader.add(new MemorySource(bytes));
    await stage.end(upload);
    expect([size, stage.outcome(upload, bytes), stage.count("one-shot")]).toEqual([size, "exact", wholes]);
  }
});
