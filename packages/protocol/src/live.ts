import { type Static, Type } from "typebox";
import { limits } from "./limits.ts";
import { numberedEvents } from "./live-limits.ts";
import { Problem, Upload } from "./messages.ts";

/**
 * What a watcher and the server say to each other over `/live`, and over `GET /uploads/{id}/events`. Every message is
 * one JSON text. What matters of an upload has a number, `seq`, which rises; whoever comes back names the last one that
 * it has and misses none. Progress has none: it is merged, and the next one says all.
 */

const strict = { additionalProperties: false } as const;
const { id, size, receivedBytes, missingCount, createdAt: at } = Upload.properties;
const Seq = Type.Integer({ minimum: 0, description: "Number of the last event that has been told" });
const Ranges = Type.Array(Type.Tuple([Type.Integer({ minimum: 1 }), Type.Integer({ minimum: 1 })]));

/** What is watched: all uploads of the caller, one of them, or those of one bundle. */
export const Subject = Type.Unsafe<`upload:${string}` | `bundle:${string}` | "uploads">(
  Type.String({ pattern: `^(uploads|upload:[0-9a-f]{32}|bundle:[A-Za-z0-9_-]{1,${limits.maxBundleIdChars}})$` }),
);
export type Subject = Static<typeof Subject>;

/** Answer of `POST /live/tickets`: lets its caller in once, at `/live?ticket=…`. */
export const TicketResponse = Type.Object({ ticket: Type.String(), expiresAt: Type.String() });
export type TicketResponse = Static<typeof TicketResponse>;

/** Answer of `GET /uploads`: what is on its way, newest first. `seq` is what `after` goes on from. */
export const UploadsResponse = Type.Object({
  uploads: Type.Array(Upload),
  seq: Seq,
  next: Type.Optional(Type.String()),
});
export type UploadsResponse = Static<typeof UploadsResponse>;

/**
 * A durable change. `upload` is how it stands by now: never older than the event. `failed` with an upload that is
 * `active` means that its content was refused (`code`) and can be sent again; otherwise it is over.
 */
export const NumberedEvent = Type.Object({
  type: Type.Unsafe<(typeof numberedEvents)[number]>(Type.Union(numberedEvents.map((kind) => Type.Literal(kind)))),
  id,
  seq: Seq,
  at,
  upload: Upload,
  code: Type.Optional(Type.String()),
  detail: Type.Optional(Type.String()),
});
export type NumberedEvent = Static<typeof NumberedEvent>;

/** Bytes go on arriving after a silence. */
export const ResumedEvent = Type.Object({ type: Type.Literal("resumed"), id, at, receivedBytes, missingCount });
export type ResumedEvent = Static<typeof ResumedEvent>;

/** These chunks are durable now. Ranges of several commits are merged. */
export const ChunkUploadedEvent = Type.Object({ type: Type.Literal("chunk_uploaded"), id, at, ranges: Ranges });
export type ChunkUploadedEvent = Static<typeof ChunkUploadedEvent>;

/** These chunks came, and were refused: they have to be sent again. Nothing durable has changed, so it has no number. */
export const ChunkFailedEvent = Type.Object({
  type: Type.Literal("failed"),
  id,
  at,
  code: Type.String(),
  ranges: Ranges,
});
export type ChunkFailedEvent = Static<typeof ChunkFailedEvent>;

/** How far it is. Speed is of acknowledged bytes, null while nothing is known of it. */
export const ProgressEvent = Type.Object({
  type: Type.Literal("progress"),
  id,
  at,
  size,
  receivedBytes,
  missingCount,
  bytesPerSecond: Type.Union([Type.Number(), Type.Null()]),
  timeLeftMs: Type.Union([Type.Number(), Type.Null()]),
});
export type ProgressEvent = Static<typeof ProgressEvent>;

export const LiveEvent = Type.Union([NumberedEvent, ResumedEvent, ChunkUploadedEvent, ChunkFailedEvent, ProgressEvent]);
export type LiveEvent = Static<typeof LiveEvent>;

/** What a watcher says. `after`: tell everything that came after this number first. */
export const WatcherMessage = Type.Union([
  Type.Object({ type: Type.Literal("subscribe"), subject: Subject, after: Type.Optional(Seq) }, strict),
  Type.Object({ type: Type.Literal("unsubscribe"), subject: Subject }, strict),
]);
export type WatcherMessage = Static<typeof WatcherMessage>;

/**
 * What the server says.
 * - `events`: what happened, in its order. Whoever has got it need not be told anything up to `seq` again.
 * - `uploads`: those of the subject that are on their way, or the one that is named in whatever state; `isLast` on the
 *   last page. Comes after what was missed, at each subscribing, and when a slow watcher has caught up. What it shows is
 *   never older than `seq`, and may be newer: what happened since `seq` follows.
 * - `refused`: the subject cannot be watched.
 * - `alive`: nothing is left out up to `seq`.
 * Of all messages a watcher keeps the highest `seq`.
 */
export const LiveMessage = Type.Union([
  Type.Object({ type: Type.Literal("events"), subject: Subject, seq: Seq, events: Type.Array(LiveEvent) }),
  Type.Object({
    type: Type.Literal("uploads"),
    subject: Subject,
    seq: Seq,
    uploads: Type.Array(Upload),
    isLast: Type.Boolean(),
  }),
  Type.Object({ type: Type.Literal("refused"), subject: Subject, problem: Problem }),
  Type.Object({ type: Type.Literal("alive"), seq: Seq }),
]);
export type LiveMessage = Static<typeof LiveMessage>;
