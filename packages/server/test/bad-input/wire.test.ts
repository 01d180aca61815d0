import { afterAll, beforeAll, expect, test } from "vitest";
import { codeOf, formatRequest, Wire, type WireAnswer } from "../support/http-exchange.ts";
import { runRequest } from "../support/run-request.ts";
import { mebibyte, openStage, type Stage, sizeBytes } from "./stage.ts";

let stage: Stage;
/** A peer that begins a request's head and never ends it; it waits while the other tests run. */
let slowPeer: Promise<WireAnswer[]>;
beforeAll(async () => {
  stage = await openStage();
  const wire = new Wire(stage.server.port);
  await wire.write("GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
  slowPeer = wire.answers();
});
afterAll(() => stage.server.close());

/** Everything that comes back for these bytes until the server closes the connection. */
async function sendRaw(bytes: Uint8Array | string): Promise<WireAnswer[]> {
  const wire = new Wire(stage.server.port);
  const answers = wire.answers();
  await wire.write(bytes);
  return answers;
}

const head = (...lines: string[]) =>
  `${["POST /uploads/initialize HTTP/1.1", "Host: localhost", ...lines].join("\r\n")}\r\n\r\n`;
const smuggled = "GET /files HTTP/1.1\r\nHost: localhost\r\n\r\n";
const good = '{"filename":"f","size":1}';
const json = "Content-Type: application/json";

const noRequests: Readonly<Record<string, string | Uint8Array>> = {
  "a word": "GARBAGE\r\n\r\n",
  "bytes of TLS": Buffer.from("16030100c8010000c40303", "hex"),
  zeros: Buffer.alloc(64),
  "a method that is none": "GE T / HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "a method with NUL": "GET\0 / HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "a path with NUL": "GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "a path with a space": "GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "HTTP/9.9": "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
  "the preface of HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "a header without a colon": head("Nonsense"),
  "a header with a space before the colon": head("Content-Length : 5"),
  "a header with NUL": head("X: a\0b"),
  "a folded header": head("X: a\r\n b", "Content-Length: 0"),
  "a head of 20 KB": head(`X: ${"a".repeat(20_000)}`),
  "Content-Length and Transfer-Encoding": `${head("Content-Length: 5", "Transfer-Encoding: chunked", json)}0\r\n\r\n${smuggled}`,
  "Transfer-Encoding and Content-Length": `${head("Transfer-Encoding: chunked", "Content-Length: 4", json)}5c\r\n${smuggled}`,
  "two lengths": head("Content-Length: 25", "Content-Length: 26", json) + good,
  "the same length twice": head("Content-Length: 25", "Content-Length: 25", json) + good,
  "a list of lengths": head("Content-Length: 25, 25", json) + good,
  "a negative length": head("Content-Length: -1", json),
  "a length with a sign": head("Content-Length: +25", json) + good,
  "a length in hex": head("Content-Length: 0x19", json) + good,
  "a length with an exponent": head("Content-Length: 2e1", json) + good,
  "a length beyond 2^64": head("Content-Length: 99999999999999999999", json) + good,
  "chunked, and more": `${head("Transfer-Encoding: chunked, identity", json)}0\r\n\r\n`,
  "chunked twice": `${head("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", json)}0\r\n\r\n`,
  "an unknown coding": `${head("Transfer-Encoding: xchunked", json)}0\r\n\r\n`,
};

test.each(Object.entries(noRequests))(
  "[S11] [S15] what is no request is refused, and the line closed: %s",
  async (_what, bytes) => {
    const { server } = stage;
    const before = await server.fingerprint();
    const answers = await sendRaw(bytes);
    expect(answers.map((answer) => [answer.status, codeOf(answer)])).toEqual([[400, "invalid_request"]]);
    expect(answers[0]?.headers.connection).toBe("close");
    expect(await server.fingerprint()).toBe(before);
    expect(server.complaints).toEqual([]);
    expect((await server.ask({ target: "/health" })).status).toBe(200);
  },
);

const noHosts = ["GET /health HTTP/1.1\r\nConnection: close\r\n\r\n", "GET /health HTTP/1.0\r\n\r\n", "GET /\r\n\r\n"];
test.each(noHosts)("[S11] without Host nothing is answered: %j", async (bytes) => {
  const answers = await sendRaw(bytes);
  expect(answers.map((answer) => [answer.status, codeOf(answer)])).toEqual([[421, "misdirected_request"]]);
});

test("[S11] a tunnel is not opened, and an upgrade not made", async () => {
  expect(await sendRaw("CONNECT evil.example:80 HTTP/1.1\r\nHost: localhost\r\n\r\n")).toEqual([]);
  const upgrade = "Connection: Upgrade, close\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n";
  const [answer] = await sendRaw(`GET /health HTTP/1.1\r\nHost: localhost\r\n${upgrade}\r\n`);
  expect(answer?.status).toBe(200);
  expect(stage.server.complaints).toEqual([]);
});

test("[S15] an expectation that nobody knows is a header like any", async () => {
  expect((await stage.server.ask({ target: "/health", headers: { expect: "gold" } })).status).toBe(200);
});

test("[S15] requests that do not wait for answers are answered in their order", async () => {
  const keep = { connection: "keep-alive" };
  const targets = ["/health", `/uploads/${stage.uploads.part}`, "/nowhere", "/health"];
  const requests = targets.map((target) => formatRequest({ target, headers: keep }));
  const answers = await sendRaw(Buffer.concat([...requests, formatRequest({ target: "/ready" })]));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 200, 200]);
});

test("[S15] garbage behind a good request: the request counts, the line is closed", async () => {
  const { server } = stage;
  const id = await server.begin(700);
  const request = runRequest(id, "1", "a", 700, { connection: "keep-alive" });
  const wire = new Wire(server.port);
  await wire.write(formatRequest(request));
  expect((await wire.answer()).status).toBe(200);
  await wire.write("\x16\x03GARBAGE\r\n\r\n");
  const answers = await wire.answers();
  expect(answers.map(({ status }) => status)).toEqual([200, 400]);
  expect((await server.json({ target: `/uploads/${id}/resume` })).receivedChunks).toEqual([[1, 1]]);
});

test("[S4] [S15] bytes beyond Content-Length are no part of the chunk", async () => {
  const { server } = stage;
  const id = await server.begin(mebibyte + 300);
  const request = runRequest(id, "1", "a", sizeBytes, { connection: "keep-alive" });
  const wire = new Wire(server.port);
  await wire.write(Buffer.concat([formatRequest(request), Buffer.from("xyz".repeat(100))]));
  expect((await wire.answers()).map(({ status }) => status)).toEqual([200]);
  const again = await server.send(id, "1-2", "a", sizeBytes, { "upload-complete": "?1" });
  expect(again.file?.size).toBe(sizeBytes);
  const { body } = await server.ask({ target: `/files/${id}` });
  expect(body.subarray(0, mebibyte).equals(request.body)).toBe(true);
});

const early = [0, 1, 1_000, mebibyte - 1, mebibyte, mebibyte + 1, mebibyte + 299];
test.each(early)(
  "[R8] [S4] a body that ends after %i bytes leaves what came, durably, and an answer",
  async (bytes) => {
    const { server } = stage;
    const id = await server.begin(sizeBytes);
    const request = runRequest(id, "1-2", "a", sizeBytes, { "content-length": String(sizeBytes) });
    const wire = new Wire(server.port);
    await wire.write(formatRequest({ ...request, body: request.body.subarray(0, bytes) }));
    wire.end();
    const [answer] = await wire.answers("PUT");
    if (answer !== undefined) expect([answer.status, codeOf(answer)]).toEqual([400, "run_incomplete"]);
    const { receivedChunks, partialChunks } = await settled(id, bytes);
    expect(receivedChunks).toEqual(bytes >= mebibyte ? [[1, 1]] : []);
    const prefix = bytes % mebibyte;
    expect(partialChunks).toEqual(prefix === 0 ? [] : [[bytes > mebibyte ? 2 : 1, prefix]]);
    expect(server.complaints).toEqual([]);
  },
);

test.each([1_000, mebibyte + 100])("[R8] [S4] a line that is cut after %i bytes leaves what came", async (bytes) => {
  const { server } = stage;
  const id = await server.begin(sizeBytes);
  const request = runRequest(id, "1-2", "a", sizeBytes, { "content-length": String(sizeBytes) });
  const wire = new Wire(server.port);
  await wire.write(formatRequest({ ...request, body: request.body.subarray(0, bytes) }));
  // A reset takes what the server has not read yet with it; what is durable then is a part of what was sent.
  wire.cut();
  await wire.untilClosed();
  const { status, file } = await server.send(id, "1-2", "a", sizeBytes, { "upload-complete": "?1" });
  expect([status, file?.size]).toEqual([200, sizeBytes]);
  expect((await server.ask({ target: `/files/${id}` })).body.equals(request.body)).toBe(true);
  expect(server.complaints).toEqual([]);
});

/** What has arrived, once the request that brought these bytes is over. */
async function settled(id: string, bytes: number) {
  for (;;) {
    const resumed = await stage.server.json({ target: `/uploads/${id}/resume` });
    const whole = (resumed.receivedChunks ?? []).length * mebibyte;
    const partial = (resumed.partialChunks ?? []).reduce((sum, [, prefix]) => sum + prefix, 0);
    if (whole + partial >= bytes) return resumed;
  }
}

test("[S15] a head that does not end is given up after a while, with 408", async () => {
  const answers = await slowPeer;
  expect(answers.map((answer) => [answer.status, codeOf(answer)])).toEqual([[408, "request_timeout"]]);
  expect(stage.server.complaints).toEqual([]);
});
