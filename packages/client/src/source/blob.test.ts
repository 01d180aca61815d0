import { describe, expect, test } from "vitest";
import { patternBytes, sourceContract } from "../../test/contracts/source.contract.ts";
import { blobSource } from "./blob.ts";

sourceContract("blob", async (content) => blobSource(new Blob([Buffer.from(content)])));
sourceContract("blob of a browser that has no byte streams", async (content) => {
  const blob = new Blob([Buffer.from(content)]);
  const cut = blob.slice.bind(blob);
  return blobSource(Object.assign(blob, { slice: (from: number, to: number) => withoutByteStream(cut(from, to)) }));
});
sourceContract("file", async (content) => blobSource(new File([Buffer.from(content)], "a.bin")));

describe("a blob's facts", () => {
  test("[R1] are the file's own: name in NFC, size, type and time", () => {
    const file = new File(["abc"], "Zoe\u0308.txt", { type: "text/plain", lastModified: 1_700_000_000_123 });
    expect(blobSource(file).facts).toEqual({
      name: "Zo\u00eb.txt",
      sizeBytes: 3,
      contentType: "text/plain",
      lastModified: "2023-11-14T22:13:20.123Z",
    });
  });

  test("[R1] a caller may know better, and a blob has neither name nor time", () => {
    expect(blobSource(new Blob(["abc"])).facts).toEqual({
      name: "blob",
      sizeBytes: 3,
      contentType: null,
      lastModified: null,
    });
    const facts = { name: "clip.webm", contentType: "video/webm", lastModified: "2026-01-02T03:04:05.000Z" };
    expect(blobSource(new Blob(["abc"]), facts).facts).toEqual({ ...facts, sizeBytes: 3 });
  });
});

function withoutByteStream(blob: Blob): Blob {
  const stream = () => new ReadableStream();
  return Object.assign(blob, { stream });
}

/** A picked file whose bytes went away, as browsers show it. */
function failingBlob(read: () => Promise<ArrayBuffer>): Blob {
  const slice = { size: 10, arrayBuffer: read };
  return { size: 10, type: "", slice: () => slice } as unknown as Blob;
}

test("[R9] a file that was edited or removed after it was picked is told", async () => {
  const gone = failingBlob(() => Promise.reject(new DOMException("not readable", "NotReadableError")));
  const { signal } = new AbortController();
  const reading = blobSource(gone).read(0, new Uint8Array(10), signal);
  await expect(reading).rejects.toMatchObject({ code: "source_unreadable", cause: { name: "NotReadableError" } });
});

test("[R9] a file that gives fewer bytes than it has is told, not padded", async () => {
  const short = failingBlob(async () => new ArrayBuffer(4));
  const { signal } = new AbortController();
  await expect(blobSource(short).read(0, new Uint8Array(10), signal)).rejects.toMatchObject({ code: "source_changed" });
});

test("[S16] an abort ends the waiting for a read that hangs, and its bytes never arrive later", async () => {
  const late = Promise.withResolvers<ArrayBuffer>();
  const source = blobSource(failingBlob(() => late.promise));
  const stop = new AbortController();
  const target = new Uint8Array(10);
  const reading = source.read(0, target, stop.signal);
  stop.abort(new Error("stopped"));
  await expect(reading).rejects.toThrow("stopped");
  late.resolve(Buffer.from(patternBytes(10)).buffer);
  await late.promise;
  expect([...target]).toEqual(Array(10).fill(0));
});
