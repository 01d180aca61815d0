import { type File, HawserError, type Upload } from "@hawser/protocol";
import { expect, test } from "vitest";
import type { Domain } from "../domain/domain.ts";
import type { ApiRequest } from "../ports/facts.ts";
import { createApi } from "./api.ts";

const id = "0123456789abcdef".repeat(2);
const upload = { id, state: "active" } as unknown as Upload;
const file = { id, url: `/files/${id}` } as unknown as File;

/** The API over a domain that notes what it is asked and answers what a test gives. */
function open(given: Partial<Record<keyof Domain, (...args: never[]) => unknown>> = {}, fenced: string | null = null) {
  const calls: unknown[][] = [];
  const errors: unknown[] = [];
  const domain = new Proxy({} as Domain, {
    get:
      (_target, name: keyof Domain) =>
      async (...args: never[]) => {
        calls.push([name, ...args]);
        return given[name]?.(...args) ?? {};
      },
  });
  const api = createApi({ domain, bytes: { fencedBecause: async () => fenced } }, (error) => errors.push(error));
  const ask = async (method: string, target: string, body: unknown = null, headers: Record<string, string> = {}) => {
    const [path = "", query = ""] = target.split("?");
    const request: ApiRequest = {
      owner: "local",
      method,
      path,
      query,
      headers: { host: "localhost", ...(body === null ? {} : { "content-type": "application/json" }), ...headers },
      body: body === null || typeof body === "string" ? body : JSON.stringify(body),
    };
    const answer = await api(request);
    const isJson = answer.headers["content-type"]?.includes("json");
    return { ...answer, json: isJson ? JSON.parse(answer.body) : undefined };
  };
  return { ask, calls, errors };
}

test("[S1] initialize answers 201 with the address, and 200 when its key found an upload", async () => {
  let created = true;
  const { ask, calls } = open({ initialize: () => ({ created, response: upload }) });
  const body = { filename: "a", size: null };
  const first = await ask("POST", "/uploads/initialize", body, { "idempotency-key": "k" });
  expect([first.status, first.headers.location, first.json]).toEqual([201, `/uploads/${id}`, upload]);
  expect(first.headers["cache-control"]).toBe("no-store");
  created = false;
  expect((await ask("POST", "/uploads/initialize", body)).status).toBe(200);
  expect(calls).toEqual([
    ["initialize", "local", body, "k"],
    ["initialize", "local", body, null],
  ]);
});

test("[S1] a finalize that takes longer answers 202 with the upload, and when to ask again", async () => {
  const assembling = { id, state: "assembling" } as unknown as Upload;
  const { ask } = open({ finalize: () => ({ status: 202, upload: assembling }) });
  const answer = await ask("POST", `/uploads/${id}/finalize`, { sha256: "0".repeat(64) });
  expect([answer.status, answer.json]).toEqual([202, assembling]);
  expect([answer.headers["retry-after"], answer.headers.location]).toEqual(["1", `/uploads/${id}`]);
});

test("[S1] every question about uploads reaches the domain with what it needs", async () => {
  const { ask, calls } = open({
    finalize: () => ({ status: 200, file }),
    upload: () => upload,
    verify: () => ({ checked: [], damaged: [] }),
    files: () => ({ files: [] }),
  });
  const sha256 = "a".repeat(64);
  const finalized = await ask("POST", `/uploads/${id}/finalize`, { size: 3 });
  expect([finalized.status, finalized.json]).toEqual([200, { file }]);
  await ask("POST", `/uploads/${id}/finalize`);
  await ask("GET", `/uploads/check?filename=a+b&size=3&sha256=${sha256}`);
  await ask("GET", `/uploads/${id}`);
  await ask("HEAD", `/uploads/${id}/status`);
  await ask("GET", `/uploads/${id}/resume?from=7`);
  await ask("GET", `/uploads/${id}/manifest`);
  await ask("POST", `/uploads/${id}/verify`);
  expect((await ask("DELETE", `/uploads/${id}`)).status).toBe(204);
  expect((await ask("DELETE", `/files/${id}`)).status).toBe(204);
  await ask("GET", "/files?cursor=9");
  await ask("GET", "/files");
  expect(calls).toEqual([
    ["finalize", "local", id, { size: 3 }],
    ["finalize", "local", id, {}],
    ["check", "local", { filename: "a b", size: 3, sha256 }],
    ["upload", "local", id],
    ["upload", "local", id],
    ["resume", "local", id, 7],
    ["manifest", "local", id, 1],
    ["verify", "local", id],
    ["cancel", "local", id],
    ["deleteFile", "local", id],
    ["files", "local", "9"],
    ["files", "local", null],
  ]);
});

test("[S1] finalize that takes long answers 202 with the upload and when to ask again", async () => {
  const { ask } = open({ finalize: () => ({ status: 202, upload }) });
  const answer = await ask("POST", `/uploads/${id}/finalize`, {});
  expect([answer.status, answer.json, answer.headers["retry-after"]]).toEqual([202, upload, "1"]);
});

const good = { filename: "a", size: 1 };
test.each([
  ["no body", null],
  ["no object", []],
  ["broken JSON", "{"],
  ["an unknown field", { ...good, mode: 1 }],
  ["__proto__", '{"filename":"a","size":1,"__proto__":{"x":1}}'],
  ["no size", { filename: "a" }],
  ["a negative size", { ...good, size: -1 }],
  ["a fractional size", { ...good, size: 1.5 }],
  ["2^53", '{"filename":"a","size":9007199254740992}'],
  ["a size as text", { ...good, size: "1" }],
  ["1e400", '{"filename":"a","size":1e400}'],
  ["an empty name", { ...good, filename: "" }],
  ["a name that is a number", { ...good, filename: 5 }],
  ["nested metadata", { ...good, metadata: { a: { b: 1 } } }],
  ["metadata as a list", { ...good, metadata: [1] }],
  ["a wrong priority", { ...good, priority: "urgent" }],
  ["an unknown evidence field", { ...good, evidence: { md5: "x" } }],
])("[S15] initialize with %s is refused and reaches nobody", async (_what, body) => {
  const { ask, calls, errors } = open();
  const { status, json } = await ask("POST", "/uploads/initialize", body);
  expect([status, json.code]).toEqual([400, "invalid_request"]);
  expect(json.detail).toEqual(expect.any(String));
  expect([calls, errors]).toEqual([[], []]);
});

test("[S15] a refused field is named", async () => {
  const { ask } = open();
  expect((await ask("POST", "/uploads/initialize", { ...good, mode: 1 })).json.detail).toContain("mode");
  expect((await ask("POST", "/uploads/initialize", { ...good, size: -1 })).json.detail).toContain("size");
});

test.each(["text/plain", "application/jsonx", "application/x-www-form-urlencoded", ""])(
  "[S15] a body of type %j is refused",
  async (type) => {
    const { ask, calls } = open();
    expect((await ask("POST", "/uploads/initialize", good, { "content-type": type })).status).toBe(415);
    expect(calls).toEqual([]);
  },
);

test("[S1] parameters of the JSON type do not matter", async () => {
  const { ask } = open({ initialize: () => ({ created: true, response: upload }) });
  const headers = { "content-type": "Application/JSON; charset=utf-8" };
  expect((await ask("POST", "/uploads/initialize", good, headers)).status).toBe(201);
});

test.each([
  `/uploads/${id}/resume?from=0`,
  `/uploads/${id}/resume?from=-1`,
  `/uploads/${id}/resume?from=1.5`,
  `/uploads/${id}/resume?from=9007199254740992`,
  `/uploads/${id}/resume?from=1&from=2`,
  `/uploads/${id}/resume?form=1`,
  `/uploads/${id}?x=1`,
  "/uploads/check",
  "/uploads/check?filename=a&size=-1",
  "/uploads/check?filename=a&size=x",
  "/uploads/check?filename=%C3",
  "/uploads/check?filename=a&sha256=xyz",
  "/files?page=2",
])("[S15] the query of %s is refused", async (target) => {
  const { ask, calls } = open();
  const { status, json } = await ask("GET", target);
  expect([status, json.code, calls]).toEqual([400, "invalid_request", []]);
});

test("[S15] unknown addresses are 404, other methods 405 with those that go", async () => {
  const { ask, calls } = open();
  for (const path of [
    "/x",
    "//",
    "/uploads/",
    `/uploads/${id}/`,
    `/uploads/${id}/x`,
    "/uploads/a/b/c/d",
    "http://x/",
  ]) {
    expect((await ask("GET", path)).json, path).toMatchObject({ code: "not_found" });
  }
  const allows = async (method: string, path: string) => {
    const { status, headers, json } = await ask(method, path);
    expect([status, json.code]).toEqual([405, "method_not_allowed"]);
    return headers.allow;
  };
  expect(await allows("PATCH", `/uploads/${id}`)).toBe("DELETE, GET, HEAD");
  expect(await allows("DELETE", "/uploads")).toBe("GET, HEAD, POST");
  expect(await allows("GET", "/uploads/initialize")).toBe("POST");
  expect(await allows("GET", `/uploads/${id}/chunks/1`)).toBe("POST, PUT");
  expect(await allows("POST", `/files/${id}`)).toBe("DELETE, GET, HEAD");
  expect(await allows("OPTIONS", "/")).toBe("GET, HEAD");
  expect(calls).toEqual([]);
});

test("[S15] the domain's errors become problem documents; unknown ones show nothing", async () => {
  const fail = (error: Error) =>
    open({
      upload: () => {
        throw error;
      },
    });
  const known = fail(new HawserError("chunks_missing", { missingChunks: [[2, 3]] }));
  const answer = await known.ask("GET", `/uploads/${id}`);
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  expect(answer.json).toMatchObject({ status: 409, code: "chunks_missing", missingChunks: [[2, 3]] });
  expect(known.errors).toEqual([]);
  const unknown = fail(new RangeError("secret"));
  const hidden = await unknown.ask("GET", `/uploads/${id}`);
  expect([hidden.status, hidden.body.includes("secret"), unknown.errors]).toEqual([
    500,
    false,
    [expect.any(RangeError)],
  ]);
});

test("[S1] health, and readiness that tells a fenced storage and a ledger that fails", async () => {
  expect((await open().ask("GET", "/health")).json).toEqual({ status: "ok" });
  expect((await open().ask("GET", "/ready")).status).toBe(200);
  const fenced = await open({}, "a sync failed").ask("GET", "/ready");
  expect([fenced.status, fenced.json.code]).toEqual([503, "storage_fenced"]);
  expect(Number(fenced.headers["retry-after"])).toBeGreaterThan(0);
  const dead = open({
    totals: () => {
      throw new HawserError("unavailable");
    },
  });
  expect((await dead.ask("GET", "/ready")).status).toBe(503);
});

test("[S1] the OpenAPI document describes every operation, and its references lead somewhere", async () => {
  const { json } = await open().ask("GET", "/openapi.json");
  expect(json.openapi).toBe("3.1.0");
  const operations = Object.entries<Record<string, object>>(json.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(operations.sort()).toEqual(
    [
      "delete /files/{id}",
      "delete /uploads/{id}",
      "get /",
      "get /asyncapi.json",
      "get /files",
      "get /files/{id}",
      "get /health",
      "get /openapi.json",
      "get /ready",
      "get /uploads",
      "get /uploads/check",
      "get /uploads/{id}",
      "get /uploads/{id}/events",
      "get /uploads/{id}/manifest",
      "get /uploads/{id}/resume",
      "get /uploads/{id}/status",
      "post /live/tickets",
      "post /uploads",
      "post /uploads/initialize",
      "post /uploads/{id}/chunks/{run}",
      "post /uploads/{id}/finalize",
      "post /uploads/{id}/verify",
      "put /uploads/{id}/chunks/{run}",
    ].sort(),
  );
  const references = [...JSON.stringify(json.paths).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
  expect(references.length).toBeGreaterThan(20);
  for (const [, name] of references) expect(json.components.schemas).toHaveProperty(name as string);
  const initialize = json.paths["/uploads/initialize"].post;
  expect(initialize.requestBody.content["application/json"].schema.$ref).toBe("#/components/schemas/InitializeRequest");
  expect(json.paths["/uploads/check"].get.parameters).toContainEqual(
    expect.objectContaining({ name: "filename", in: "query", required: true }),
  );
});
