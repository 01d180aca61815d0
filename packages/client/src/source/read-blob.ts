import { abortable } from "../abortable.ts";

/** What is read at once; `target` is filled piece by piece. */
const pieceBytes = 262_144;

/**
 * Copies a blob into `target`. It is read through one small buffer: what `arrayBuffer` returns is garbage that browsers
 * collect late, of a large file more than a hundred megabytes of it (measured).
 * @returns how many bytes there were
 * @throws whatever the browser says, or the signal's reason
 */
export async function readBlob(blob: Blob, target: Uint8Array, signal: AbortSignal): Promise<number> {
  const reader = byteReader(blob);
  if (reader === null) {
    const bytes = new Uint8Array(await abortable(blob.arrayBuffer(), signal));
    target.set(bytes);
    return bytes.length;
  }
  let readBytes = 0;
  try {
    let piece = new Uint8Array(Math.min(pieceBytes, Math.max(1, target.length)));
    for (;;) {
      const { value, done } = await abortable(reader.read(piece), signal);
      if (done) return readBytes;
      target.set(value, readBytes);
      readBytes += value.length;
      piece = new Uint8Array(value.buffer);
    }
  } catch (error) {
    reader.cancel().catch(() => undefined);
    throw error;
  }
}

/** Null where blobs cannot be read into a buffer of one's own. */
function byteReader(blob: Blob): ReadableStreamBYOBReader | null {
  try {
    return blob.stream().getReader({ mode: "byob" });
  } catch {
    return null;
  }
}
