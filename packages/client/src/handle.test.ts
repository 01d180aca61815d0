import { expect, test, vi } from "vitest";
import { Stage } from "../test/stage.ts";
import { MemorySource, patternBytes } from "./testing/index.ts";

/** A stage that remembers with which signals requests were made and waits began. */
function watchedStage() {
  const stage = new Stage();
  const sent = vi.spyOn(stage.server, "send");
  const slept = vi.spyOn(stage.platform, "sleep");
  const requests = () => sent.mock.calls.map(([, signal]) => signal);
  return { stage, requests, waits: () => slept.mock.calls.map(([, signal]) => signal) };
}

test("[S17] what has ended by itself is not stopped as well, neither a life nor a wait", async () => {
  const { stage, requests, waits } = watchedStage();
  stage.breakNext("one-shot", { kind: "answer", status: 503 }, { kind: "answer", status: 503 });
  const upload = stage.uploader.add(new MemorySource(patternBytes(10_000)));
  await stage.until(upload, "completed");
  expect(requests()).toHaveLength(3);
  expect(waits().length).toBeGreaterThanOrEqual(2);
  expect([...requests(), ...waits()].filter((signal) => signal.aborted)).toEqual([]);
});

test("[S16] what is still at work is stopped: by a pause, and by cancelling a wait", async () => {
  const { stage, requests, waits } = watchedStage();
  stage.breakNext("one-shot", { kind: "hang" }, { kind: "answer", status: 503 });
  const upload = stage.uploader.add(new MemorySource(patternBytes(10_000)));
  await stage.platform.runUntil(() => requests().length === 1);
  upload.pause();
  expect(requests().map(({ aborted }) => aborted)).toEqual([true]);
  upload.resume();
  await stage.until(upload, "waiting");
  expect(requests().map(({ aborted }) => aborted)).toEqual([true, false]);
  expect(waits().at(-1)?.aborted).toBe(false);
  upload.cancel();
  expect(waits().at(-1)?.aborted).toBe(true);
});

test("[R8] the server's final answer counts for an upload that was paused and resumed while it was written down", async () => {
  const { stage, requests } = watchedStage();
  const erasing = Promise.withResolvers<void>();
  const remove = stage.journal.remove.bind(stage.journal);
  vi.spyOn(stage.journal, "remove").mockImplementationOnce((id) => erasing.promise.then(() => remove(id)));
  const open = () => new MemorySource(patternBytes(10_000), {}, { kind: "path", path: "/file.bin" });
  stage.files.set("/file.bin", open);
  const upload = stage.uploader.add(open());
  await stage.platform.runUntil(() => vi.mocked(stage.journal.remove).mock.calls.length === 1);
  upload.pause();
  upload.resume();
  await stage.until(upload, "preparing");
  erasing.resolve();
  await stage.until(upload, "completed");
  await stage.platform.settle();
  expect(requests()).toHaveLength(1);
});
