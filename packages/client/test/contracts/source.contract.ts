import { limits } from "@hawser/protocol";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { Source } from "../../src/source/source.ts";

const { chunkSizeBytes } = limits;

/** Bytes in which every offset can be told from its neighbours. */
export function patternBytes(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes; at++) bytes[at] = at * 31 + (at >> 8) * 7 + (at >> 16) * 13;
  return bytes;
}

/** Reads everything, chunk by chunk in rising order, until a read gives less than was asked. */
export async function readToEnd(source: Source, stepBytes = chunkSizeBytes): Promise<Uint8Array> {
  const { signal } = new AbortController();
  const pieces: Uint8Array[] = [];
  const target = new Uint8Array(stepBytes);
  for (let offset = 0; ; offset += stepBytes) {
    const readBytes = await source.read(offset, target, signal);
    pieces.push(target.slice(0, readBytes));
    if (readBytes < stepBytes) return Buffer.concat(pieces);
  }
}

/** What every source promises. `open` gives one that holds `content`, and is cleaned up after by its caller. */
export function sourceContract(kind: string, open: (content: Uint8Array) => Promise<Source>): void {
  describe(`a source: ${kind}`, () => {
    const { signal } = new AbortController();
    const opened: Source[] = [];
    const openOne = async (content: Uint8Array) => {
      const source = await open(content);
      opened.push(source);
      return source;
    };
    const read = async (source: Source, offset: number, length: number) => {
      const target = new Uint8Array(length);
      return target.subarray(0, await source.read(offset, target, signal));
    };
    afterEach(async () => {
      for (const source of opened.splice(0)) await source.close();
    });

    test.each([0, 1, 1_000, chunkSizeBytes - 1, chunkSizeBytes, chunkSizeBytes + 1, 2 * chunkSizeBytes])(
      "[S16] of %i bytes gives exactly these, and less than asked only at the end",
      async (sizeBytes) => {
        const content = patternBytes(sizeBytes);
        const source = await openOne(content);
        expect([sizeBytes, null]).toContain(source.facts.sizeBytes);
        expect(Buffer.compare(await readToEnd(source), content)).toBe(0);
      },
    );

    test("[S16] beyond the end there is nothing", async () => {
      const source = await openOne(patternBytes(10));
      expect(await read(source, 8, 100)).toEqual(patternBytes(10).subarray(8));
      expect(await read(source, 10, 5)).toHaveLength(0);
      expect(await read(source, 5_000, 5)).toHaveLength(0);
    });

    test("[S16] leaves what it does not fill as it was", async () => {
      const source = await openOne(patternBytes(3));
      const target = new Uint8Array(6).fill(99);
      expect(await source.read(0, target, signal)).toBe(3);
      expect([...target]).toEqual([...patternBytes(3), 99, 99, 99]);
    });

    test("[R8] what was read is read again until it is released", async () => {
      const content = patternBytes(3 * chunkSizeBytes);
      const source = await openOne(content);
      await readToEnd(source);
      source.release?.(chunkSizeBytes + 10);
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: chunkSizeBytes + 10, max: content.length }),
          fc.nat(2_000),
          async (at, length) => {
            expect(Buffer.compare(await read(source, at, length), content.subarray(at, at + length))).toBe(0);
          },
        ),
        { numRuns: 50 },
      );
      if (source.replayable) expect(await read(source, 0, 10)).toEqual(content.subarray(0, 10));
      else await expect(read(source, 0, 10)).rejects.toMatchObject({ code: "source_unreadable" });
    });

    test("[S17] several lanes read at once", async () => {
      const content = patternBytes(4 * chunkSizeBytes + 5);
      const source = await openOne(content);
      const offsets = [0, 1, 2, 3, 4].map((chunk) => chunk * chunkSizeBytes);
      const parts = await Promise.all(offsets.map((offset) => read(source, offset, chunkSizeBytes)));
      expect(Buffer.compare(Buffer.concat(parts), content)).toBe(0);
    });

    test("[S16] an aborted read rejects with the signal's reason", async () => {
      const source = await openOne(patternBytes(100));
      const reason = new Error("stopped");
      const target = new Uint8Array(10);
      await expect(source.read(0, target, AbortSignal.abort(reason))).rejects.toBe(reason);
      expect(await read(source, 0, 10)).toEqual(patternBytes(10));
    });

    test("[S16] once closed it gives nothing, and may be closed again", async () => {
      const source = await openOne(patternBytes(100));
      await read(source, 0, 10);
      await source.close();
      await source.close();
      await expect(read(source, 0, 10)).rejects.toMatchObject({ code: "source_unreadable" });
    });
  });
}
