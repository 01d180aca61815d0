import { afterAll, beforeAll, expect, test } from "vitest";
import type { WireRequest } from "../support/http-exchange.ts";
import { runRequest } from "../support/run-request.ts";
import { type BadRequest, expectRefused, openStage, type Stage, sizeBytes } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.server.close());

const json = { "content-type": "application/json" };

/** Everything that can be asked of an id. */
const operations: Readonly<Record<string, (id: string) => WireRequest>> = {
  upload: (id) => ({ target: `/uploads/${id}` }),
  status: (id) => ({ target: `/uploads/${id}/status` }),
  resume: (id) => ({ target: `/uploads/${id}/resume` }),
  manifest: (id) => ({ target: `/uploads/${id}/manifest` }),
  chunk: (id) => ({ ...runRequest(id, "2", "a", sizeBytes), body: "x".repeat(300) }),
  finalize: (id) => ({ method: "POST", target: `/uploads/${id}/finalize`, headers: json, body: "{}" }),
  verify: (id) => ({ method: "POST", target: `/uploads/${id}/verify` }),
  cancel: (id) => ({ method: "DELETE", target: `/uploads/${id}` }),
  file: (id) => ({ target: `/files/${id}` }),
  delete: (id) => ({ method: "DELETE", target: `/files/${id}` }),
};

/** What stands in the place of an id. Some of these leave the path that an id has: nothing is there either. */
const strangeIds: Readonly<Record<string, (known: string) => string>> = {
  "an unknown one": () => "0".repeat(32),
  "in capitals": (known) => known.toUpperCase().replace(/[0-9]/, "A"),
  "a digit short": (known) => known.slice(1),
  "a digit long": (known) => `${known}0`,
  "with NUL": (known) => `${known}%00`,
  "with a line break": (known) => `${known}%0d%0aX-Evil:%201`,
  "with a space": (known) => `${known}%20`,
  "with a dot": (known) => `${known}.`,
  "percent-encoded": (known) => `%${known.charCodeAt(0).toString(16)}${known.slice(1)}`,
  "encoded traversal": (known) => `%2e%2e%2f%2e%2e%2f${known}`,
  "twice encoded traversal": (known) => `%252e%252e%252f${known}`,
  "traversal with backslashes": (known) => `..%5c..%5c${known}`,
  "bare backslashes": (known) => `..\\..\\${known}`,
  "overlong UTF-8": (known) => `%c0%ae%c0%ae%c0%af${known}`,
  "a broken escape": (known) => `%zz${known}`,
  "a traversal": (known) => `../uploads/${known}`,
  "two dots": () => "..",
  "a dot": () => ".",
  "the blobs' folder": (known) => `..%2fdata%2fblobs%2f${known}`,
  "a wildcard": () => "*",
  SQL: () => "'%20OR%20'1'='1",
  "8 KB": () => "a".repeat(8_192),
  "fullwidth digits": () => "%EF%BC%90".repeat(32),
  "an emoji": () => "%F0%9F%92%A9",
};

const table = Object.entries(strangeIds).flatMap(([what, strange]) =>
  Object.entries(operations).map(([name, ask]): [string, string, BadRequest] => {
    return [name, what, { what, request: ({ part }) => ask(strange(part)), code: "not_found" }];
  }),
);

test.each(table)("[S11] [S15] %s of an id that is none: %s", async (_name, _what, bad) => {
  await expectRefused(stage, bad);
});

const nowhere = [
  "//",
  "/uploads/",
  "/x",
  "/files/",
  "/..",
  "/../../etc/passwd",
  "/%2e%2e/",
  "/uploads//resume",
  "/.env",
  "/index.html",
]
  .concat(["/uploads/initialize/", "/UPLOADS", "http://evil.example/", "*", "/uploads%2Finitialize"])
  .map((target): [string, BadRequest] => [target, { what: target, request: () => ({ target }), code: "not_found" }]);

test.each(nowhere)("[S11] [S15] nothing is under %s", async (_target, bad) => {
  await expectRefused(stage, bad);
});

const allowed: Readonly<Record<string, string>> = {
  "/": "GET, HEAD",
  "/health": "GET, HEAD",
  "/files": "GET, HEAD",
  "/uploads": "GET, HEAD, POST",
  "/uploads/initialize": "POST",
  "/uploads/check": "GET, HEAD",
  "/uploads/ID": "DELETE, GET, HEAD",
  "/uploads/ID/status": "GET, HEAD",
  "/uploads/ID/resume": "GET, HEAD",
  "/uploads/ID/manifest": "GET, HEAD",
  "/uploads/ID/events": "GET, HEAD",
  "/live/tickets": "POST",
  "/asyncapi.json": "GET, HEAD",
  "/uploads/ID/finalize": "POST",
  "/uploads/ID/verify": "POST",
  "/uploads/ID/chunks/1": "POST, PUT",
  "/files/ID": "DELETE, GET, HEAD",
};
const methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "OPTIONS"];
const wrongMethods = Object.entries(allowed).flatMap(([path, allow]) =>
  methods.filter((method) => !allow.includes(method)).map((method): [string, string, string] => [method, path, allow]),
);

test.each(wrongMethods)("[S1] [S15] %s %s is 405, with what is allowed", async (method, path, allow) => {
  const request: BadRequest["request"] = ({ part }) => ({ method, target: path.replace("ID", part) });
  const answer = await expectRefused(stage, { what: path, request, code: "method_not_allowed" });
  expect(answer.headers.allow).toBe(allow);
});

test.each(["x-http-method-override", "x-method-override", "x-http-method"])(
  "[S11] %s changes nothing: the method is the method",
  async (name) => {
    const { server, uploads } = stage;
    const before = await server.fingerprint();
    const target = `/uploads/${uploads.part}`;
    expect((await server.ask({ target, headers: { [name]: "DELETE" } })).status).toBe(200);
    expect((await server.ask({ method: "POST", target, headers: { [name]: "DELETE" } })).status).toBe(405);
    expect((await server.ask({ target: `${target}?_method=DELETE` })).status).toBe(400);
    expect(await server.fingerprint()).toBe(before);
  },
);

const changing = ["chunk", "finalize", "verify", "cancel", "delete"] as const;
const foreignHosts = [
  "evil.example",
  "127.0.0.1.evil.example",
  "localhost.evil.example",
  "0.0.0.0",
  "[::2]",
  "localhost:x",
]
  .concat(["user@localhost", "localhost,evil.example", "", " "])
  .flatMap((host) => [...changing, "upload" as const, "file" as const].map((name) => [name, host] as const));

test.each(foreignHosts)("[S11] %s for the host %j is 421", async (name, host) => {
  const request: BadRequest["request"] = ({ part }) => {
    const asked = operations[name]?.(part) as WireRequest;
    return { ...asked, headers: { ...asked.headers, host } };
  };
  await expectRefused(stage, { what: host, request, code: "misdirected_request" });
});

const foreignOrigins = [
  "null",
  "https://evil.example",
  "http://localhost.evil.example",
  "http://localhost:1",
  "file://",
  "*",
]
  .concat(["http://127.0.0.1", "HTTP://LOCALHOST", "http://localhost/", "http://localhost, http://localhost"])
  .flatMap((origin) => changing.map((name) => [name, origin] as const));

test.each(foreignOrigins)("[S11] %s asked for by a page of %s is 403", async (name, origin) => {
  const request: BadRequest["request"] = ({ part }) => {
    const asked = operations[name]?.(part) as WireRequest;
    return { ...asked, headers: { ...asked.headers, origin } };
  };
  await expectRefused(stage, { what: origin, request, code: "origin_forbidden" });
});

test.each(["http://localhost", "https://localhost"])("[S11] a page of the server itself may: %s", async (origin) => {
  const { server } = stage;
  const { status } = await server.post("/uploads/initialize", { filename: "f", size: 1 }, { origin });
  expect(status).toBe(201);
});

test("[S11] no answer allows any origin", async () => {
  const headers = { origin: "https://evil.example" };
  for (const target of [
    "/",
    "/files",
    `/files/${stage.uploads.done}`,
    `/uploads/${stage.uploads.part}`,
    "/openapi.json",
  ]) {
    const answer = await stage.server.ask({ target, headers });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  }
});

const queries = [
  ...[
    "?from=0",
    "?from=-1",
    "?from=1.5",
    "?from=9007199254740992",
    "?from=1&from=2",
    "?form=1",
    "?from=",
    "?from=%31%00",
  ],
  ...["?__proto__=1", "?constructor=1", "?from[]=1", "?%ff=1", "?from=%"],
].flatMap((query) => ["resume", "manifest"].map((name) => [name, query] as const));

test.each(queries)("[S15] the query of %s%s is refused", async (name, query) => {
  const request: BadRequest["request"] = ({ part }) => ({ target: `/uploads/${part}/${name}${query}` });
  await expectRefused(stage, { what: query, request, code: "invalid_request" });
});

test.each([
  "?cursor=0",
  "?cursor=-1",
  "?cursor=x",
  "?cursor=1e3",
  `?cursor=${"9".repeat(300)}`,
  "?cursor=%00",
  "?limit=1",
])("[S15] the query of /files%s is refused", async (query) => {
  await expectRefused(stage, { what: query, request: () => ({ target: `/files${query}` }), code: "invalid_request" });
});
