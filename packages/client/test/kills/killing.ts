import { setImmediate as nextTurn } from "node:timers/promises";
import type { Journal } from "../../src/journal/journal.ts";
import type { Transport } from "../../src/transport/transport.ts";

/** When a process ends itself with SIGKILL. */
export interface KillMoment {
  /** After this many bytes were handed to the network; each request counts 1,000 more, for its header. */
  readonly sentBytes?: number;
  /** At this write of the journal, counted from 1: before it, in the middle of it, or after it. */
  readonly write?: number;
  readonly point?: "before" | "during" | "after";
}

const requestBytes = 1_000;

function die(): void {
  process.kill(process.pid, "SIGKILL");
}

export function killingTransport(transport: Transport, { sentBytes: mostBytes }: KillMoment): Transport {
  if (mostBytes === undefined) return transport;
  let goneBytes = 0;
  const count = (bytes: number) => {
    goneBytes += bytes;
    if (goneBytes >= mostBytes) die();
  };
  return {
    ...transport,
    send: (request, signal) => {
      count(requestBytes);
      let before = 0;
      const onSent = (sentBytes: number) => {
        count(sentBytes - before);
        before = sentBytes;
        request.onSent?.(sentBytes);
      };
      return transport.send({ ...request, onSent }, signal);
    },
  };
}

/** @param onWrite called before each write with its number */
export function killingJournal(
  journal: Journal,
  { write: fatalWrite, point }: KillMoment,
  onWrite: (write: number) => void,
): Journal {
  let write = 0;
  const around = async (work: () => Promise<void>) => {
    write++;
    onWrite(write);
    const isFatal = write === fatalWrite;
    if (isFatal && point === "before") die();
    const working = work();
    if (isFatal && point === "during") await nextTurn().then(die);
    await working;
    if (isFatal) die();
  };
  return {
    load: () => journal.load(),
    put: (record) => around(() => journal.put(record)),
    remove: (id) => around(() => journal.remove(id)),
    close: () => journal.close(),
  };
}
