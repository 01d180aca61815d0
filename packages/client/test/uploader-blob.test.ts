import { expect, test } from "vitest";
import { MemorySource, patternBytes } from "../src/testing/index.ts";
import { isExact, mib, Stage } from "./stage.ts";

/** As much of a blob as sending takes. */
class Part {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  slice(from: number, to: number): Part {
    return new Part(this.bytes.subarray(from, to));
  }
}

test("[S16] where the browser has the bytes on disk, each request names them there: whole runs, parts, and what goes again", async () => {
  const bytes = patternBytes(9 * mib + 5, 3);
  const lengths: number[] = [];
  const stage: Stage = new Stage({
    maxLanes: 2,
    oneShotBytes: 0,
    transport: {
      send: (request, signal) => {
        const { bytes: body = request.body } = (request.blob as unknown as Part | undefined) ?? {};
        if (request.method === "PUT") lengths.push(request.blob === undefined ? -1 : (body?.length ?? -1));
        return stage.server.send({ ...request, body }, signal);
      },
    },
  });
  stage.breakNext("chunks", { kind: "cut", afterBytes: 70_000 }, { kind: "flip", byte: 100 }, { kind: "lose-answer" });
  const source = Object.assign(new MemorySource(bytes), { blob: new Part(bytes) as unknown as Blob });
  const upload = stage.uploader.add(source);
  await stage.end(upload);
  expect(upload.state.status).toBe("completed");
  const { file } = await upload.done;
  expect(isExact(stage.server.store.bytesOf(file.id), bytes)).toBe(true);
  expect(lengths).not.toContain(-1);
  // Requests begin with less than a chunk, and later ones carry several.
  expect(Math.min(...lengths)).toBeLessThan(mib);
  expect(Math.max(...lengths)).toBeGreaterThan(mib);
});
