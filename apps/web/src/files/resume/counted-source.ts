import type { Source } from "@hawser/client";

/** The same source; `onRead` is told of the bytes of each read. Closing it leaves the source open: it has its owner. */
export function countedSource(source: Source, onRead: (bytes: number) => void): Source {
  return {
    facts: source.facts,
    origin: source.origin,
    replayable: source.replayable,
    async read(offset, target, signal) {
      const bytes = await source.read(offset, target, signal);
      onRead(bytes);
      return bytes;
    },
    close: async () => undefined,
  };
}
