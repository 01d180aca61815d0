import { expect, test } from "vitest";
import { Stage } from "../test/stage.ts";
import { MemorySource, patternBytes } from "./testing/index.ts";

test("[R9] a small file that was cut short before its turn, and an empty one that grew, are told and not sent", async () => {
  const content = patternBytes(10_000);
  for (const [before, after] of [
    [content, content.subarray(1)],
    [content.subarray(0, 0), content],
  ] as const) {
    const stage = new Stage();
    const source = new MemorySource(before);
    const upload = stage.uploader.add(source);
    upload.pause();
    source.bytes = after;
    upload.resume();
    await stage.end(upload);
    expect(upload.state).toMatchObject({ status: "failed", error: { code: "source_changed" } });
    expect(stage.count("one-shot")).toBe(0);
  }
});
