import { finalStates, type LiveEvent, type LiveMessage, type Subject, type Upload } from "@hawser/protocol";
import { liveBounds } from "./bounds.ts";

/** A message of the server, ready to be sent to any number of watchers. */
export interface Frame {
  readonly type: LiveMessage["type"];
  /** Whoever has got it need not be told anything up to this number again; null where it says nothing of it. */
  readonly seq: number | null;
  /** JSON, UTF-8. */
  readonly bytes: Buffer;
  /** Whether it tells that an upload has ended. */
  readonly isFinal: boolean;
}

/** Events that go out together. */
export interface Told {
  /** Their number; null for what has none. */
  readonly seq: number | null;
  readonly events: readonly LiveEvent[];
}

/** A message that is short for certain. */
export function frameOf(message: Extract<LiveMessage, { type: "refused" | "alive" }>): Frame {
  const seq = message.type === "alive" ? message.seq : null;
  return { type: message.type, seq, bytes: Buffer.from(JSON.stringify(message)), isFinal: false };
}

/**
 * Events as messages of bounded length. Each says how far it goes, so that whoever gets only the first ones can go on
 * from there.
 * @param from what whoever gets these has been told already
 * @param to what has been told with the last of these
 */
export function eventFrames(subject: Subject, from: number, to: number, told: readonly Told[]): Frame[] {
  const frames: Frame[] = [];
  let seq = from;
  const pages = pagesOf(told, ({ events }) => events.map((event) => JSON.stringify(event)).join(","));
  for (const [index, { items, texts }] of pages.entries()) {
    for (const item of items) seq = Math.max(seq, item.seq ?? 0);
    const reached = index === pages.length - 1 ? Math.max(seq, to) : seq;
    const head = JSON.stringify({ type: "events", subject, seq: reached }).slice(0, -1);
    const bytes = Buffer.from(`${head},"events":[${texts.join(",")}]}`);
    frames.push({ type: "events", seq: reached, bytes, isFinal: items.some(isEnd) });
  }
  return frames;
}

/** Uploads as messages of bounded length; the last of them says so where `isLast`. */
export function uploadFrames(subject: Subject, seq: number, uploads: readonly Upload[], isLast: boolean): Frame[] {
  const pages = pagesOf(uploads, (upload) => JSON.stringify(upload));
  if (pages.length === 0) pages.push({ items: [], texts: [] });
  return pages.map(({ items, texts }, index) => {
    const ends = isLast && index === pages.length - 1;
    const head = JSON.stringify({ type: "uploads", subject, seq, isLast: ends }).slice(0, -1);
    const bytes = Buffer.from(`${head},"uploads":[${texts.join(",")}]}`);
    return { type: "uploads", seq, bytes, isFinal: items.some(hasEnded) };
  });
}

/** An upload whose state says that it has ended, and not by an older event that shows it as it stands by now. */
function isEnd({ events }: Told): boolean {
  return events.some((event) => "upload" in event && hasEnded(event.upload) && event.type === event.upload.state);
}

function hasEnded({ state }: Upload): boolean {
  return finalStates.includes(state);
}

interface Page<Item> {
  readonly items: Item[];
  readonly texts: string[];
}

function pagesOf<Item>(items: readonly Item[], write: (item: Item) => string): Page<Item>[] {
  const pages: Page<Item>[] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const text = write(item);
    if (length + text.length > liveBounds.messageBytes) {
      pages.push({ items: [], texts: [] });
      length = 0;
    }
    length += text.length;
    const page = pages.at(-1) as Page<Item>;
    page.items.push(item);
    page.texts.push(text);
  }
  return pages;
}
