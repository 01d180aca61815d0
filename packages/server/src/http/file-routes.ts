import { FilesResponse, HawserError } from "@hawser/protocol";
import { Type } from "typebox";
import { type Answer, jsonAnswer } from "./answers.ts";
import { describeLive } from "./asyncapi.ts";
import { pageHeaders, renderPage } from "./page.ts";
import { type ApiParts, defineRoute, noContent, type Route } from "./routes.ts";

const Cursor = Type.Object(
  { cursor: Type.Optional(Type.String({ maxLength: 256, description: "`next` of the page before" })) },
  { additionalProperties: false },
);
const Good = Type.Object({ status: Type.Literal("ok") });

/** Files, as facts; their bytes come from the byte thread. */
export function fileRoutes({ domain }: ApiParts): Route[] {
  return [
    defineRoute({
      method: "GET",
      path: "/files",
      summary: "The files, newest first",
      query: Cursor,
      responses: { 200: { means: "one page", schema: FilesResponse } },
      errors: ["invalid_request"],
      handle: async ({ owner, query }) => jsonAnswer(200, await domain.files(owner, query.cursor ?? null)),
    }),
    defineRoute({
      method: "DELETE",
      path: "/files/{id}",
      summary: "Delete a file",
      responses: { 204: { means: "deleted" } },
      errors: ["not_found", "gone"],
      handle: async ({ owner, id }) => {
        await domain.deleteFile(owner, id);
        return noContent;
      },
    }),
  ];
}

/** How the server is, and what it says of itself. */
export function serverRoutes({ domain, bytes }: ApiParts, openApi: () => Answer): Route[] {
  return [
    defineRoute({
      method: "GET",
      path: "/",
      summary: "A page for people: what this is, what is stored, how to send something",
      responses: { 200: { means: "the page", contentType: "text/html; charset=utf-8" } },
      errors: [],
      handle: async ({ owner, host }) => {
        const [totals, { files }] = await Promise.all([domain.totals(owner), domain.files(owner, null)]);
        return { status: 200, headers: pageHeaders, body: renderPage({ totals, files, host }) };
      },
    }),
    defineRoute({
      method: "GET",
      path: "/health",
      summary: "Whether the server is alive",
      responses: { 200: { means: "it is", schema: Good } },
      errors: [],
      handle: async () => jsonAnswer(200, { status: "ok" }),
    }),
    defineRoute({
      method: "GET",
      path: "/ready",
      summary: "Whether the ledger answers and the storage takes writes",
      responses: { 200: { means: "they do", schema: Good } },
      errors: ["unavailable", "storage_fenced"],
      handle: async ({ owner }) => {
        await domain.totals(owner);
        const detail = await bytes.fencedBecause();
        if (detail !== null) throw new HawserError("storage_fenced", { detail });
        return jsonAnswer(200, { status: "ok" });
      },
    }),
    defineRoute({
      method: "GET",
      path: "/openapi.json",
      summary: "This interface as OpenAPI 3.1",
      responses: { 200: { means: "the document", contentType: "application/json" } },
      errors: [],
      handle: async () => openApi(),
    }),
    defineRoute({
      method: "GET",
      path: "/asyncapi.json",
      summary: "What `/live` and event streams say, as AsyncAPI 3.0",
      responses: { 200: { means: "the document", contentType: "application/json" } },
      errors: [],
      handle: async () => jsonAnswer(200, describeLive()),
    }),
  ];
}
