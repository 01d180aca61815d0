import { HawserError } from "@hawser/protocol";
import { afterEach, expect, test } from "vitest";
import type { ApiRequest } from "../../src/ports/facts.ts";
import { chunkHead, Line, openStage, type Stage, type StageOptions, uploadId } from "./stage.ts";

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

/** Opens the app with a facts thread that says what it was asked. */
async function open(options: StageOptions = {}): Promise<{ stage: Stage; asked: ApiRequest[]; url: string }> {
  const asked: ApiRequest[] = [];
  const handleApi = async (request: ApiRequest) => {
    asked.push(request);
    return { status: 200, headers: { "content-type": "application/json" }, body: '{"asked":true}' };
  };
  stage = await openStage({ ...options, facts: { handleApi, ...options.facts } });
  return { stage, asked, url: `http://127.0.0.1:${stage.port}` };
}

async function raw(port: number, ...head: string[]): Promise<string> {
  const line = new Line(port);
  line.socket.write(`${head.join("\r\n")}\r\nConnection: close\r\n\r\n`);
  return line.untilEnd();
}

test("[S1] what is not about bytes goes to the facts thread, with the headers that it reads", async () => {
  const { asked, url } = await open();
  const response = await fetch(`${url}/uploads/initialize?a=1`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": "k", cookie: "secret=1" },
    body: '{"filename":"ä"}',
  });
  expect(await response.json()).toEqual({ asked: true });
  expect(asked).toEqual([
    {
      owner: "local",
      method: "POST",
      path: "/uploads/initialize",
      query: "a=1",
      headers: { "content-type": "application/json", "idempotency-key": "k", host: url.slice(7) },
      body: '{"filename":"ä"}',
    },
  ]);
});

test("[S1] HEAD is GET without the body", async () => {
  const { asked, url } = await open();
  const response = await fetch(`${url}/health`, { method: "HEAD" });
  expect([response.status, response.headers.get("content-length"), await response.text()]).toEqual([200, "14", ""]);
  expect(asked[0]?.method).toBe("HEAD");
});

test.each(["content-length", "chunked"])("[S15] JSON of more than 64 KiB is refused (%s)", async (how) => {
  const { asked, url } = await open();
  const body = "x".repeat(65_537);
  const stream = how === "chunked" ? new Blob([body]).stream() : body;
  const response = await fetch(`${url}/uploads/initialize`, { method: "POST", body: stream, duplex: "half" } as object);
  expect([response.status, await response.json()]).toMatchObject([413, { code: "body_too_long" }]);
  expect(asked).toEqual([]);
});

test("[S15] JSON that is packed or not UTF-8 is refused", async () => {
  const { asked, url } = await open();
  const post = (body: Uint8Array<ArrayBuffer>, headers = {}) =>
    fetch(`${url}/uploads/initialize`, { method: "POST", body, headers });
  expect((await post(Uint8Array.of(0x22, 0xff, 0x22))).status).toBe(400);
  expect((await post(Uint8Array.of(1), { "content-encoding": "gzip" })).status).toBe(415);
  expect(asked).toEqual([]);
});

test("[S11] a foreign Host gets 421 and a foreign page 403, before anything is asked or read", async () => {
  const { stage, asked } = await open();
  expect(await raw(stage.port, "GET /files HTTP/1.1", "Host: evil.example")).toMatch(/^HTTP\/1\.1 421 /);
  const foreign = ["Host: localhost", "Origin: https://evil.example", "Content-Length: 0"];
  expect(await raw(stage.port, "POST /uploads/x/finalize HTTP/1.1", ...foreign)).toMatch(/^HTTP\/1\.1 403 /);
  expect(await raw(stage.port, `DELETE /files/${uploadId} HTTP/1.1`, "Host: localhost", "Origin: null")).toMatch(
    /^HTTP\/1\.1 403 /,
  );
  expect(asked).toEqual([]);
});

test("[S11] pages of a configured origin may ask, and others may not", async () => {
  const { asked, url } = await open({ guard: { allowedOrigins: ["https://app.example"] } });
  const preflight = (origin: string) =>
    fetch(`${url}/uploads/${uploadId}/chunks/1`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "PUT" },
    });
  const allowed = await preflight("https://app.example");
  expect(allowed.status).toBe(204);
  expect(allowed.headers.get("access-control-allow-origin")).toBe("https://app.example");
  expect(allowed.headers.get("access-control-allow-methods")).toContain("PUT");
  expect((await preflight("https://evil.example")).status).toBe(403);
  expect(asked).toEqual([]);
  const read = await fetch(`${url}/files`, { headers: { origin: "https://app.example" } });
  expect(read.headers.get("access-control-allow-origin")).toBe("https://app.example");
  expect(read.headers.get("access-control-expose-headers")).toContain("Location");
  const foreign = await fetch(`${url}/files`, { headers: { origin: "https://evil.example" } });
  expect([foreign.headers.get("access-control-allow-origin"), foreign.headers.get("vary")]).toEqual([null, "Origin"]);
});

test("[S15] an unknown failure is told to the operator and not to the peer", async () => {
  const { stage, url } = await open({
    room: { receiveRun: () => Promise.reject(new RangeError("secret /var/lib/x")) },
  });
  const line = new Line(stage.port);
  line.send(chunkHead(0));
  const text = await line.until("}");
  line.socket.destroy();
  expect(text).toMatch(/^HTTP\/1\.1 500 /);
  expect(text).toContain('"code":"internal"');
  expect(text).not.toContain("secret");
  expect(stage.errors).toMatchObject([{ err: expect.any(RangeError), path: `/uploads/${uploadId}/chunks/1` }]);
  expect((await fetch(`${url}/health`)).status).toBe(200);
});

test("[S15] busy, fenced and full answers say when to come back", async () => {
  const codes = ["unavailable", "storage_fenced", "storage_full", "too_many_requests"] as const;
  for (const code of codes) {
    const { url } = await open({ room: { receiveOneShot: () => Promise.reject(new HawserError(code)) } });
    const response = await fetch(`${url}/uploads?filename=a`, { method: "POST", body: "" });
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    const seconds = Number(response.headers.get("retry-after"));
    expect(seconds, code).toBeGreaterThan(0);
    expect(await response.json()).toMatchObject({ code, retryAfterSeconds: seconds });
    await stage?.close();
  }
});

test("[S15] an absent upload comes first in the order of checks, also for a request that is not well formed", async () => {
  const { url } = await open({
    facts: {
      admitRun: async ({ id }) => {
        if (id === uploadId) throw new HawserError("gone", { state: "cancelled" });
        throw new HawserError("digest_required");
      },
    },
  });
  const malformed = (id: string) =>
    fetch(`${url}/uploads/${id}/chunks/1`, { method: "PUT", body: "x", headers: { "chunk-offset": "-1" } });
  expect((await malformed(uploadId)).status).toBe(410);
  expect((await malformed("f".repeat(32))).status).toBe(400);
  expect((await malformed("../../etc/passwd")).status).not.toBe(500);
  expect((await malformed("..%2f..%2fetc")).status).toBe(404);
});

test("[S15] a stopping server refuses what is new and lets what is in flight end", async () => {
  const finish = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const { stage } = await open({
    room: {
      receiveRun: async () => {
        started.resolve();
        await finish.promise;
        return { receipts: [[1, 1]], skipped: [], missingCount: 0 };
      },
    },
  });
  const inFlight = new Line(stage.port);
  inFlight.send(chunkHead(0));
  await started.promise;
  const kept = new Line(stage.port);
  kept.send(["GET /health HTTP/1.1"]);
  await kept.until("asked");
  stage.app.refuse();
  kept.send(["GET /health HTTP/1.1"]);
  const refusal = await kept.untilEnd();
  expect(refusal).toMatch(/HTTP\/1\.1 503 [\s\S]*retry-after: 1/i);
  const idle = stage.app.idle(10_000);
  finish.resolve();
  expect(await inFlight.until('"missingCount":0}')).toMatch(/^HTTP\/1\.1 200 /);
  await idle;
});
