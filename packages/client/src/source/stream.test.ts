import { PassThrough, Readable } from "node:stream";
import { limits } from "@hawser/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { patternBytes, readToEnd, sourceContract } from "../../test/contracts/source.contract.ts";
import { streamSource } from "./stream.ts";

const { chunkSizeBytes } = limits;
const { signal } = new AbortController();
const facts = { name: "stream.bin" };

function piecesOf(content: Uint8Array, pieceBytes: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < content.length; at += pieceBytes) pieces.push(content.subarray(at, at + pieceBytes));
  return pieces;
}

sourceContract("Node stream", async (content) => streamSource(Readable.from(piecesOf(content, 65_537)), facts));
sourceContract("Node stream of known size", async (content) =>
  streamSource(Readable.from(piecesOf(content, 65_536)), { ...facts, sizeBytes: content.length }),
);
sourceContract("web stream", async (content) =>
  streamSource(ReadableStream.from(piecesOf(content, 300_000)) as ReadableStream<Uint8Array>, facts),
);
sourceContract("one large piece", async (content) => streamSource(Readable.from([content]), facts));

test("[S16] comes whole, whatever the pieces, the steps and the room", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(3 * chunkSizeBytes),
      fc.integer({ min: 1_000, max: 2 * chunkSizeBytes }),
      fc.integer({ min: 10_000, max: chunkSizeBytes }),
      async (sizeBytes, pieceBytes, stepBytes) => {
        const content = patternBytes(sizeBytes);
        const source = streamSource(Readable.from(piecesOf(content, pieceBytes)), facts, { maxKeptBytes: stepBytes });
        const target = new Uint8Array(stepBytes);
        for (let offset = 0, readBytes = stepBytes; readBytes === stepBytes; offset += stepBytes) {
          source.release?.(offset);
          readBytes = await source.read(offset, target, signal);
          expect(Buffer.compare(target.subarray(0, readBytes), content.subarray(offset, offset + stepBytes))).toBe(0);
        }
      },
    ),
    { numRuns: 40 },
  );
});

describe("what is kept", () => {
  test("[S3] is bounded: a read beyond waits for release, and no more is taken from the stream", async () => {
    let takenBytes = 0;
    const content = patternBytes(8 * chunkSizeBytes);
    const pieces = Readable.from(
      (function* () {
        for (const piece of piecesOf(content, 65_536)) {
          takenBytes += piece.length;
          yield piece;
        }
      })(),
      { highWaterMark: 1 },
    );
    const source = streamSource(pieces, facts, { maxKeptBytes: 2 * chunkSizeBytes });
    const target = new Uint8Array(chunkSizeBytes);
    await source.read(0, target, signal);
    await source.read(chunkSizeBytes, target, signal);
    let isDone = false;
    const third = source.read(2 * chunkSizeBytes, target, signal).then((readBytes) => {
      isDone = true;
      return readBytes;
    });
    await new Promise(setImmediate);
    expect(isDone).toBe(false);
    expect(takenBytes).toBeLessThanOrEqual(2 * chunkSizeBytes + 2 * 65_536);
    source.release?.(chunkSizeBytes);
    expect(await third).toBe(chunkSizeBytes);
    expect(Buffer.compare(target, content.subarray(2 * chunkSizeBytes, 3 * chunkSizeBytes))).toBe(0);
  });

  test("[S16] whoever waits for release can be stopped, and closing ends the waiting", async () => {
    const source = streamSource(Readable.from([patternBytes(100)]), facts, { maxKeptBytes: 10 });
    const stop = new AbortController();
    const stopped = source.read(0, new Uint8Array(50), stop.signal);
    const closed = source.read(0, new Uint8Array(50), signal);
    await new Promise(setImmediate);
    stop.abort(new Error("stopped"));
    await expect(stopped).rejects.toThrow("stopped");
    await source.close();
    await expect(closed).rejects.toMatchObject({ code: "source_unreadable" });
  });
});

describe("a stream that ends otherwise", () => {
  test("[R8] a failure is told, and what was read before can still be sent", async () => {
    const stream = new PassThrough();
    const source = streamSource(stream, facts);
    stream.write(patternBytes(100));
    const target = new Uint8Array(60);
    expect(await source.read(0, target, signal)).toBe(60);
    stream.destroy(new Error("the pipe broke"));
    await expect(source.read(60, new Uint8Array(60), signal)).rejects.toMatchObject({
      code: "source_unreadable",
      cause: { message: "the pipe broke" },
    });
    expect(await source.read(0, target, signal)).toBe(60);
    expect(target).toEqual(patternBytes(60));
  });

  test("[S15] a failure before the first read waits for it", async () => {
    const stream = new PassThrough();
    const source = streamSource(stream, facts);
    stream.destroy(new Error("no such file"));
    await new Promise(setImmediate);
    await expect(source.read(0, new Uint8Array(10), signal)).rejects.toMatchObject({
      code: "source_unreadable",
      cause: { message: "no such file" },
    });
  });

  test.each([
    ["sooner", 99],
    ["later", 101],
  ])("[R9] %s than the size that was given: told, not cut or filled", async (_, actualBytes) => {
    const pieces = piecesOf(patternBytes(actualBytes), 100);
    const source = streamSource(Readable.from(pieces), { ...facts, sizeBytes: 100 });
    await expect(source.read(0, new Uint8Array(100), signal)).rejects.toMatchObject({ code: "source_changed" });
  });

  test("[S15] of something else than bytes is told", async () => {
    const text = Readable.from(["text"]) as AsyncIterable<unknown> as AsyncIterable<Uint8Array>;
    await expect(readToEnd(streamSource(text, facts))).rejects.toMatchObject({ code: "source_unreadable" });
  });

  test("[S16] closing lets go of an idle stream at once", async () => {
    const node = new PassThrough();
    let isCancelled = false;
    const web = new ReadableStream<Uint8Array>({
      cancel: () => {
        isCancelled = true;
      },
    });
    for (const stream of [node, web]) {
      const source = streamSource(stream, facts);
      const waiting = source.read(0, new Uint8Array(10), signal);
      await source.close();
      await expect(waiting).rejects.toMatchObject({ code: "source_unreadable" });
    }
    expect(node.destroyed).toBe(true);
    expect(isCancelled).toBe(true);
  });
});
