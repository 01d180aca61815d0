import { toHex } from "@hawser/protocol";
import type { ReadingParts } from "./reading.ts";
import type { Source } from "./source/source.ts";

const pieceBytes = 4 * 1_048_576;

/** SHA-256 of the whole source, which has to be replayable, piece by piece. */
export async function hashSource(
  source: Source,
  { platform, budget }: ReadingParts,
  signal: AbortSignal,
  onDone: (doneBytes: number) => void,
): Promise<string> {
  const hash = platform.createSha256();
  return budget.use(pieceBytes, signal, async (bytes) => {
    for (let offset = 0; ; ) {
      const readBytes = await source.read(offset, bytes, signal);
      if (readBytes > 0) await hash.update(bytes.subarray(0, readBytes));
      offset += readBytes;
      onDone(offset);
      if (readBytes < bytes.length) return toHex(await hash.digest());
    }
  });
}
