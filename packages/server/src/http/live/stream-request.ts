import { finalStates, HawserError, type Upload } from "@hawser/protocol";
import type { LiveFacts } from "../../ports/live.ts";
import { parseNatural, parseQuery } from "../fields.ts";

/** The head of an answer that is a stream of events. */
export const streamHeaders = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  // For proxies that gather answers before they pass them on.
  "x-accel-buffering": "no",
} as const;

/**
 * The number after which a client goes on: `Last-Event-ID`, which browsers send by themselves, or else `after`.
 * @throws HawserError `invalid_request`
 */
export function readAfter(query: string, lastEventId: string | undefined): number | null {
  const { after, ...unknown } = parseQuery(query);
  const [name] = Object.keys(unknown);
  if (name !== undefined) throw new HawserError("invalid_request", { detail: `The query has no field ${name}.` });
  const text = lastEventId || after;
  if (text === undefined) return null;
  const seq = parseNatural(text);
  if (seq === undefined) throw new HawserError("invalid_request", { detail: "The number to go on after is none." });
  return seq;
}

/**
 * Whether an upload has ended and a client that comes again has been told so: then there is nothing more to stream.
 * @throws HawserError `not_found`
 */
export async function isOver(
  facts: Pick<LiveFacts, "eventsAfter" | "snapshot">,
  { owner, id, after }: { readonly owner: string; readonly id: string; readonly after: number | null },
): Promise<boolean> {
  const watched = { owner, subject: `upload:${id}` } as const;
  const [upload] = (await facts.snapshot(watched, null)).uploads as [Upload];
  if (after === null || !finalStates.includes(upload.state)) return false;
  return (await facts.eventsAfter(after, 1, watched)).happenings.length === 0;
}
