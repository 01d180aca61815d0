import { errorTable } from "@hawser/protocol";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { codeOf, formatRequest, Wire, type WireAnswer, type WireRequest } from "../support/http-exchange.ts";
import { runRequest } from "../support/run-request.ts";
import { openStage, type Stage, sizeBytes } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.server.close());

/** A client's mistake is answered as one: never 5xx, always a problem document with a code of the table. */
function expectAnswer(answer: WireAnswer, method = ""): void {
  expect(answer.status).toBeLessThan(500);
  if (answer.status < 400 || method === "HEAD") return;
  const code = codeOf(answer);
  expect(code, answer.body.toString()).toBeDefined();
  expect(errorTable[code ?? "internal"].status).toBe(answer.status);
}

async function expectCalm(): Promise<void> {
  const { server, uploads } = stage;
  expect(server.complaints).toEqual([]);
  // What was there is there, as it was.
  const { status, receivedChunks } = await server.json({ target: `/uploads/${uploads.part}/resume` });
  expect([status, receivedChunks]).toEqual([200, [[1, 1]]]);
  expect((await server.ask({ target: `/files/${uploads.done}` })).body.length).toBe(700);
}

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom("", "0", "-1", "1e9", "null", "..", "%00", "%2e%2e%2f", "?1", "?0", ":AAAA:", "tree:", "\u202e"),
  fc.integer().map(String),
  fc.bigInt().map(String),
);
/** What may stand in a request's head, percent-encoded or not. */
const segment = text.map((raw) => encodeURIComponent(raw.toWellFormed()).slice(0, 200));
const fieldValue = text.map((raw) => raw.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, "").trim());
const headerNames = [
  ...["chunk-digests", "chunk-offset", "chunk-partial", "content-digest", "upload-length", "upload-complete"],
  ...["idempotency-key", "content-type", "content-encoding", "range", "if-range", "if-none-match", "if-modified-since"],
  ...["expect", "accept", "origin", "x-http-method-override", "cookie", "authorization", "te", "trailer"],
];
const headers = fc.dictionary(fc.constantFrom(...headerNames), fieldValue, { maxKeys: 5 });
const json = fc.json({ maxDepth: 4 });
const method = fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS");

const target = fc.oneof(
  fc.tuple(segment, segment).map(([a, b]) => `/uploads/${a}/${b}`),
  fc
    .tuple(
      fc.constantFrom("PART", "DONE"),
      fc.constantFrom("", "/resume", "/manifest", "/status", "/finalize", "/verify"),
    )
    .map((parts) => `/uploads/${parts.join("")}`),
  segment.map((run) => `/uploads/PART/chunks/${run}`),
  segment.map((id) => `/files/${id}`),
  fc.constantFrom(
    "/files/DONE",
    "/files",
    "/uploads",
    "/uploads/check",
    "/uploads/initialize",
    "/",
    "/openapi.json",
    "/ready",
  ),
);
const query = fc.dictionary(
  fc.oneof(fc.constantFrom("filename", "size", "from", "cursor", "sha256", "contentType"), segment),
  segment,
  { maxKeys: 3 },
);

/** Requests that would end what is looked at afterwards are left out. */
const isHarmless = (method: string, path: string) => !(method === "DELETE" && /PART|DONE/.test(path));

test("[S15] [S11] whatever a request's path, query, headers and JSON are, its answer is one of the protocol's", async () => {
  const request = fc.record({ method, target, query, headers, body: fc.option(fc.oneof(json, text)) });
  await fc.assert(
    fc.asyncProperty(request, async ({ method, target, query, headers, body }) => {
      fc.pre(isHarmless(method, target));
      const { server, uploads } = stage;
      const path = target.replace("PART", uploads.part).replace("DONE", uploads.done);
      const fields = Object.entries(query).map(([name, value]) => `${name}=${value}`);
      const whole: WireRequest = {
        method,
        target: fields.length === 0 ? path : `${path}?${fields.join("&")}`,
        headers: { "content-type": "application/json", ...headers },
        ...(body === null ? {} : { body }),
      };
      expectAnswer(await server.ask(whole), method);
    }),
    { numRuns: 600 },
  );
  await expectCalm();
});

test("[S15] whatever initialize and finalize are told, they take it or say what is wrong with it", async () => {
  const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), text, fc.double(), fc.maxSafeInteger());
  const field = fc.constantFrom(
    "filename",
    "size",
    "contentType",
    "metadata",
    "evidence",
    "bundle",
    "priority",
    "digest",
    "sha256",
    "__proto__",
  );
  const body = fc.tuple(
    fc.boolean(),
    fc.array(fc.tuple(fc.oneof({ arbitrary: field, weight: 5 }, text), value), { maxLength: 4 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom("initialize", "finalize"), body, async (what, [isComplete, fields]) => {
      const { server, uploads } = stage;
      const given = isComplete ? [["filename", "f"], ["size", 1], ...fields] : fields;
      const members = given.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value) ?? "null"}`);
      const target = what === "initialize" ? "/uploads/initialize" : `/uploads/${uploads.part}/finalize`;
      const headers = { "content-type": "application/json" };
      expectAnswer(await server.ask({ method: "POST", target, headers, body: `{${members.join(",")}}` }));
    }),
    { numRuns: 500 },
  );
  await expectCalm();
});

test("[S15] [S4] whatever the lengths and the ends of chunk requests are, nothing but the right bytes is kept", async () => {
  const cut = fc.option(fc.nat(sizeBytes + 2_000));
  const lengths = fc.oneof(
    fc.constant(0),
    fc.integer({ min: -1_000, max: 1_000 }),
    fc.constantFrom(-sizeBytes, 1e6, 1e12),
  );
  const shape = fc.record({
    lengthOff: lengths,
    cut,
    headers: fc.option(headers, { freq: 2 }),
    halfCloses: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(shape, { minLength: 1, maxLength: 4 }), async (shapes) => {
      const { server } = stage;
      const id = await server.begin(sizeBytes);
      for (const { lengthOff, cut, headers, halfCloses } of shapes) {
        const request = runRequest(id, "1-2", "a", sizeBytes, headers ?? {});
        const length = { "content-length": String(Math.max(0, sizeBytes + lengthOff)) };
        const bytes = formatRequest({ ...request, headers: { ...request.headers, ...length } });
        const wire = new Wire(server.port);
        await wire.write(bytes.subarray(0, cut ?? bytes.length));
        // Either the whole request was sent and is answered, or the peer says that nothing more will come.
        if (halfCloses || cut !== null || lengthOff > 0) wire.end();
        for (const answer of await wire.answers()) expectAnswer(answer);
      }
      const { status, file } = await server.send(id, "1-2", "a", sizeBytes, { "upload-complete": "?1" });
      expect([status, file?.size]).toEqual([200, sizeBytes]);
      const { body } = await server.ask({ target: `/files/${id}` });
      expect(body.equals(runRequest(id, "1-2", "a", sizeBytes).body)).toBe(true);
    }),
    { numRuns: 30 },
  );
  await expectCalm();
}, 120_000);

test("[S15] [S11] bytes that are no HTTP at all close the line and nothing else", async () => {
  const line = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.string({ unit: "binary", maxLength: 200 }).map((raw) => Buffer.from(raw)),
    fc
      .constantFrom(
        "GET / HTTP/1.1\r\n",
        "Host: localhost\r\n",
        "\r\n",
        "Content-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n",
        "5\r\nhello\r\n",
        "0\r\n\r\n",
        "POST /uploads HTTP/1.1\r\n",
      )
      .map((raw) => Buffer.from(raw)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 12 }), async (lines) => {
      const wire = new Wire(stage.server.port);
      await wire.write(Buffer.concat(lines));
      wire.end();
      for (const answer of await wire.answers()) expectAnswer(answer);
    }),
    { numRuns: 400 },
  );
  await expectCalm();
});
