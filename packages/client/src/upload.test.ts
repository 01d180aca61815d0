import { HawserError } from "@hawser/protocol";
import { expect, test } from "vitest";
import { Stage } from "../test/stage.ts";
import { MemorySource, patternBytes } from "./testing/index.ts";

/** A source that tells, as it has to, when it is read and is not any more what it was. */
class EditedSource extends MemorySource {
  override async read(): Promise<number> {
    throw new HawserError("source_changed");
  }
}

test("[R9] a small file that was cut short or edited before its turn, and an empty one, are told and not sent", async () => {
  const short = new MemorySource(patternBytes(10_000));
  short.bytes = short.bytes.subarray(1);
  for (const source of [short, new EditedSource(patternBytes(10_000)), new EditedSource(new Uint8Array(0))]) {
    const stage = new Stage();
    const upload = stage.uploader.add(source);
    await stage.end(upload);
    expect(upload.state).toMatchObject({ status: "failed", error: { code: "source_changed" } });
    expect(stage.count("one-shot")).toBe(0);
  }
});
