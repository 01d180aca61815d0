import { loadPart } from "../part.ts";
import type { Source } from "./source.ts";
import type { ByteStream, StreamFacts, StreamOptions } from "./stream.ts";

/**
 * A stream whose length nobody knows before it ends, or of `facts.sizeBytes` where somebody does. It is read once, in
 * rising order, and no further ahead than what is asked for; what was read is kept until it is released. The code for
 * it is loaded first, with all that sending it takes: a network that goes later does not stop it for want of code.
 * @throws HawserError `connection_lost` when that code cannot be loaded. From `read`: `source_unreadable` when the
 * stream failed or the bytes were released, `source_changed` when it ends before or after the size that was given
 */
export async function streamSource(
  stream: ByteStream,
  facts: StreamFacts,
  options: StreamOptions = {},
): Promise<Source> {
  const [{ streamSource: open }] = await loadPart(Promise.all([import("./stream.ts"), import("../sequential.ts")]));
  return open(stream, facts, options);
}
