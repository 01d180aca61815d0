import { type ErrorCode, FinalizeResponse, RunResponse, TicketResponse } from "@hawser/protocol";
import { Type } from "typebox";
import { defineRoute, type Route } from "./routes.ts";

const OneShotQuery = Type.Object({
  filename: Type.String(),
  contentType: Type.Optional(Type.String()),
  lastModified: Type.Optional(Type.String()),
  sampledHash: Type.Optional(Type.String()),
  sha256: Type.Optional(Type.String()),
  priority: Type.Optional(Type.String()),
  bundleId: Type.Optional(Type.String()),
  bundlePosition: Type.Optional(Type.Integer()),
  metadata: Type.Optional(Type.String({ description: "Metadata as JSON" })),
});

const chunkHeaders = {
  "Chunk-Digests": "SHA-256 of each whole chunk of the run, as a list of byte sequences (RFC 9651)",
  "Chunk-Offset": "the first chunk of the run continues at this byte",
  "Chunk-Partial": "`?1`: the body is a prefix of one chunk, on purpose",
  "Content-Digest": "with Chunk-Partial: SHA-256 of the body (RFC 9530)",
  "Upload-Length": "fixes a size that was unknown",
  "Upload-Complete": "`?1`: finalize if nothing is missing after this run",
} as const;

const chunkErrors: readonly ErrorCode[] = [
  "not_found",
  "gone",
  "length_required",
  "invalid_chunk",
  "digest_required",
  "body_too_short",
  "run_incomplete",
  "size_conflict",
  "chunk_conflict",
  "state_conflict",
  "offset_conflict",
  "body_too_long",
  "request_timeout",
  "unsupported_media_type",
  "digest_mismatch",
  "unavailable",
  "storage_fenced",
  "storage_full",
];

const chunks = (method: "PUT" | "POST", path: string, summary: string): Route =>
  defineRoute({
    method,
    path,
    summary,
    headers: chunkHeaders,
    takesBytes: true,
    responses: { 200: { means: "every chunk of the run is durable", schema: RunResponse } },
    errors: chunkErrors,
  });

const download = "its bytes, `Range` and conditional requests included";

/** What the byte thread answers; here for the router's 405 and the OpenAPI document. */
export const byteRoutes: readonly Route[] = [
  chunks("PUT", "/uploads/{id}/chunks/{run}", "Send a chunk (`{n}`) or a run of chunks (`{first}-{last}`)"),
  chunks("POST", "/uploads/{id}/chunks/{run}", "The same as PUT"),
  defineRoute({
    method: "POST",
    path: "/uploads",
    summary: "Send a whole small file in one request",
    query: OneShotQuery,
    headers: {
      "Chunk-Digests": chunkHeaders["Chunk-Digests"],
      "Idempotency-Key": "makes a repeated request find the file that the first one made",
    },
    takesBytes: true,
    responses: {
      200: { means: "made by an earlier request with this key", schema: FinalizeResponse },
      201: { means: "the file is there, durably", schema: FinalizeResponse },
    },
    errors: [
      "invalid_request",
      "digest_required",
      "length_required",
      "body_too_long",
      "digest_mismatch",
      "idempotency_busy",
      "idempotency_mismatch",
      "run_incomplete",
      "storage_full",
    ],
  }),
  defineRoute({
    method: "POST",
    path: "/live/tickets",
    summary: "A key to the WebSocket `/live`, good for one connection and half a minute; see /asyncapi.json",
    responses: { 201: { means: "connect to `/live?ticket=…` with it", schema: TicketResponse } },
    errors: ["too_many_requests"],
  }),
  defineRoute({
    method: "GET",
    path: "/uploads/{id}/events",
    summary: "What happens to an upload, as server-sent events, until it has ended; see /asyncapi.json",
    query: Type.Object({
      after: Type.Optional(Type.Integer({ minimum: 0, description: "tell what came after this number first" })),
    }),
    headers: { "Last-Event-ID": "the same as `after`, and goes before it" },
    responses: {
      200: { means: "the events", contentType: "text/event-stream" },
      204: { means: "the upload has ended, and the caller knows it" },
    },
    errors: ["not_found", "invalid_request", "too_many_requests"],
  }),
  defineRoute({
    method: "GET",
    path: "/files/{id}",
    summary: "Download a file",
    responses: {
      200: { means: download, contentType: "application/octet-stream" },
      206: { means: "the ranges that were asked for", contentType: "application/octet-stream" },
      304: { means: "the caller has it already" },
    },
    errors: ["not_found", "gone", "file_damaged", "range_not_satisfiable"],
  }),
];
