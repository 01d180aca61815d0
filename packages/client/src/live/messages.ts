import {
  finalStates,
  type LiveEvent,
  type LiveMessage,
  numberedEvents,
  type Problem,
  type Subject,
  type Upload,
  type UploadsResponse,
  uploadStates,
} from "@hawser/protocol";

/** What came over the line, before anything of it is believed. */
type Doubtful = Readonly<Record<string, unknown>>;

/**
 * A message of the server, or null for what is none. Kinds of events that are not known here are left out: a newer
 * server may have more of them.
 */
export function parseMessage(text: string): LiveMessage | null {
  const message = toObject(parseJson(text));
  switch (message?.type) {
    case "events": {
      const { subject, seq, events } = message;
      if (!isSubject(subject) || !isCount(seq) || !Array.isArray(events)) return null;
      const known = events.filter(isKnown);
      return known.every(isEvent) ? { type: "events", subject, seq, events: known } : null;
    }
    case "uploads": {
      const { subject, seq, uploads, isLast } = message;
      if (!isSubject(subject) || !isCount(seq) || !isUploads(uploads) || typeof isLast !== "boolean") return null;
      return { type: "uploads", subject, seq, uploads, isLast };
    }
    case "refused": {
      const { subject, problem } = message;
      return isSubject(subject) && isProblem(problem) ? { type: "refused", subject, problem } : null;
    }
    case "alive":
      return isCount(message.seq) ? { type: "alive", seq: message.seq } : null;
    default:
      return null;
  }
}

/** Whether it is an answer of `GET /uploads`. */
export function isPage(value: unknown): value is UploadsResponse {
  const page = toObject(value);
  if (page === null || !isCount(page.seq) || !isUploads(page.uploads)) return false;
  return page.next === undefined || typeof page.next === "string";
}

const isUploads = (value: unknown): value is Upload[] => Array.isArray(value) && value.every(isUpload);

export function isUpload(value: unknown): value is Upload {
  const upload = toObject(value);
  if (upload === null) return false;
  const { id, state, filename, contentType, size, totalChunks, receivedBytes, missingCount } = upload;
  const { createdAt, lastActivityAt, bundle, failure, file } = upload;
  return (
    [id, filename, contentType].every((text) => typeof text === "string") &&
    (uploadStates as readonly unknown[]).includes(state) &&
    [size, totalChunks, missingCount].every(isCountOrNull) &&
    isCount(receivedBytes) &&
    [createdAt, lastActivityAt].every(isTime) &&
    (bundle === undefined || (isText(bundle, "id") && isCount(toObject(bundle)?.position))) &&
    (failure === undefined || isText(failure, "code", "detail")) &&
    (file === undefined || (isText(file, "id", "filename", "digest", "url") && isCount(toObject(file)?.size)))
  );
}

/** Whether it is left for good. */
export const isOver = ({ state }: Pick<Upload, "state">): boolean => finalStates.includes(state);

/** What has no number: chunk failures are called `failed` too, and name chunks. */
const passingEvents = ["resumed", "chunk_uploaded", "progress"];

function isKnown(value: unknown): boolean {
  const type = toObject(value)?.type;
  return typeof type !== "string" || [...numberedEvents, ...passingEvents].includes(type);
}

function isEvent(value: unknown): value is LiveEvent {
  const event = toObject(value);
  if (event === null || !isText(event, "type", "id", "at") || !isTime(event.at)) return false;
  const { type, upload, code, detail } = event;
  const isCounted = isCount(event.receivedBytes) && isCountOrNull(event.missingCount);
  if (type === "progress") {
    const { size, bytesPerSecond, timeLeftMs } = event;
    return isCounted && isCountOrNull(size) && [bytesPerSecond, timeLeftMs].every(isAmountOrNull);
  }
  if (type === "resumed") return isCounted;
  if (type === "chunk_uploaded") return isRanges(event.ranges);
  if (event.seq === undefined) return type === "failed" && typeof code === "string" && isRanges(event.ranges);
  const hasTexts = [code, detail].every((text) => text === undefined || typeof text === "string");
  return isCount(event.seq) && hasTexts && isUpload(upload) && upload.id === event.id;
}

function isProblem(value: unknown): value is Problem {
  return isText(value, "code", "title") && isCount(toObject(value)?.status);
}

function isSubject(value: unknown): value is Subject {
  return typeof value === "string" && /^(uploads|upload:[0-9a-f]{32}|bundle:.+)$/.test(value);
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isCountOrNull = (value: unknown): boolean => value === null || isCount(value);
const isAmountOrNull = (value: unknown): boolean =>
  value === null || (Number.isFinite(value) && (value as number) >= 0);
const isTime = (value: unknown): boolean => typeof value === "string" && !Number.isNaN(Date.parse(value));
const isRanges = (value: unknown): boolean =>
  Array.isArray(value) && value.every((range) => Array.isArray(range) && range.length === 2 && range.every(isCount));

function isText(value: unknown, ...names: readonly string[]): boolean {
  const object = toObject(value);
  return object !== null && names.every((name) => typeof object[name] === "string");
}

function toObject(value: unknown): Doubtful | null {
  return typeof value === "object" && value !== null ? (value as Doubtful) : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
