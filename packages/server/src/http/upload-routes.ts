import {
  CheckResponse,
  FinalizeRequest,
  FinalizeResponse,
  InitializeRequest,
  InitializeResponse,
  limits,
  ManifestResponse,
  ResumeResponse,
  Size,
  Upload,
  UploadsResponse,
  VerifyResponse,
} from "@hawser/protocol";
import { Type } from "typebox";
import { jsonAnswer } from "./answers.ts";
import { type ApiParts, defineRoute, noContent, type Route } from "./routes.ts";

const optional = Type.Optional;
const strict = { additionalProperties: false } as const;

const From = Type.Object(
  {
    from: optional(Type.Integer({ minimum: 1, maximum: limits.maxSizeBytes, description: "first chunk of the page" })),
  },
  strict,
);

const CheckQuery = Type.Object(
  {
    filename: Type.String({ minLength: 1 }),
    size: optional(Size),
    lastModified: optional(Type.String()),
    sampledHash: optional(Type.String({ pattern: "^[0-9a-f]{64}$" })),
    sha256: optional(Type.String({ pattern: "^[0-9a-f]{64}$" })),
  },
  strict,
);

const OnTheirWay = Type.Object(
  {
    bundle: optional(Type.String({ pattern: `^[A-Za-z0-9_-]{1,${limits.maxBundleIdChars}}$`, description: "its id" })),
    cursor: optional(Type.String({ maxLength: 256, description: "`next` of the page before" })),
  },
  strict,
);

/** How uploads begin and end. */
export function lifeRoutes({ domain }: ApiParts): Route[] {
  return [
    defineRoute({
      method: "POST",
      path: "/uploads/initialize",
      summary: "Begin an upload",
      headers: { "Idempotency-Key": "makes a repeated request find the upload that the first one began" },
      body: InitializeRequest,
      responses: {
        200: { means: "begun by an earlier request with this key", schema: InitializeResponse },
        201: { means: "begun", schema: InitializeResponse },
      },
      errors: ["invalid_request", "idempotency_busy", "idempotency_mismatch", "size_too_large", "storage_full"],
      handle: async ({ owner, body, idempotencyKey }) => {
        const { created, response } = await domain.initialize(owner, body, idempotencyKey);
        return jsonAnswer(created ? 201 : 200, response, { location: `/uploads/${response.id}` });
      },
    }),
    defineRoute({
      method: "POST",
      path: "/uploads/{id}/finalize",
      summary: "Finish an upload: its file appears when nothing is missing",
      body: FinalizeRequest,
      responses: {
        200: { means: "the file is there", schema: FinalizeResponse },
        202: { means: "still being checked: ask again", schema: Upload },
      },
      errors: [
        "not_found",
        "gone",
        "chunks_missing",
        "size_unknown",
        "size_conflict",
        "state_conflict",
        "file_mismatch",
      ],
      handle: async ({ owner, id, body }) => {
        const outcome = await domain.finalize(owner, id, body);
        if (outcome.status === 200) return jsonAnswer(200, { file: outcome.file });
        return jsonAnswer(202, outcome.upload, { "retry-after": "1", location: `/uploads/${id}` });
      },
    }),
    defineRoute({
      method: "POST",
      path: "/uploads/{id}/verify",
      summary: "Read the stored bytes back and compare them with what was acknowledged",
      responses: { 200: { means: "checked", schema: VerifyResponse } },
      errors: ["not_found", "gone", "unavailable"],
      handle: async ({ owner, id }) => jsonAnswer(200, await domain.verify(owner, id)),
    }),
    defineRoute({
      method: "DELETE",
      path: "/uploads/{id}",
      summary: "Cancel an upload",
      responses: { 204: { means: "cancelled, now or before" } },
      errors: ["not_found", "gone", "state_conflict"],
      handle: async ({ owner, id }) => {
        await domain.cancel(owner, id);
        return noContent;
      },
    }),
  ];
}

/** What is known of uploads. */
export function knowledgeRoutes({ domain }: ApiParts): Route[] {
  const status = (path: string, summary: string) =>
    defineRoute({
      method: "GET",
      path,
      summary,
      responses: { 200: { means: "the upload", schema: Upload } },
      errors: ["not_found"],
      handle: async ({ owner, id }) => jsonAnswer(200, await domain.upload(owner, id)),
    });
  return [
    defineRoute({
      method: "GET",
      path: "/uploads/check",
      summary: "Active uploads that may be this file, best evidence first",
      query: CheckQuery,
      responses: { 200: { means: "the candidates", schema: CheckResponse } },
      errors: ["invalid_request"],
      handle: async ({ owner, query }) => jsonAnswer(200, await domain.check(owner, query)),
    }),
    defineRoute({
      method: "GET",
      path: "/uploads",
      summary: "The uploads that are on their way, newest first, all or those of a bundle",
      query: OnTheirWay,
      responses: { 200: { means: "one page", schema: UploadsResponse } },
      errors: ["invalid_request"],
      handle: async ({ owner, query: { bundle, cursor = null } }) => {
        const subject = bundle === undefined ? "uploads" : (`bundle:${bundle}` as const);
        return jsonAnswer(200, await domain.snapshot({ owner, subject }, cursor));
      },
    }),
    status("/uploads/{id}", "An upload"),
    status("/uploads/{id}/status", "An upload; the same as without /status"),
    defineRoute({
      method: "GET",
      path: "/uploads/{id}/resume",
      summary: "What is durable of an upload, and what is missing",
      query: From,
      responses: { 200: { means: "one page", schema: ResumeResponse } },
      errors: ["not_found", "gone"],
      handle: async ({ owner, id, query }) => jsonAnswer(200, await domain.resume(owner, id, query.from ?? 1)),
    }),
    defineRoute({
      method: "GET",
      path: "/uploads/{id}/manifest",
      summary: "The digests of the chunks that are acknowledged",
      query: From,
      responses: { 200: { means: "one page", schema: ManifestResponse } },
      errors: ["not_found", "gone"],
      handle: async ({ owner, id, query }) => jsonAnswer(200, await domain.manifest(owner, id, query.from ?? 1)),
    }),
  ];
}
