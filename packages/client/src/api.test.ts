import { HawserError } from "@hawser/protocol";
import { expect, test } from "vitest";
import { Api } from "./api.ts";
import { type ScriptedAnswer, ScriptedTransport } from "./testing/index.ts";

const never = new AbortController().signal;
const now = Date.parse("2026-01-01T00:00:00Z");

function stage(headers: () => Record<string, string> = () => ({})) {
  const transport = new ScriptedTransport();
  const api = new Api(transport, {
    endpoint: "https://files.test/base",
    headers,
    stallTimeoutMs: (bodyBytes) => 5_000 + bodyBytes,
    now: () => now,
  });
  return { transport, api };
}

/** What a request rejects with when the other end answers like this. */
async function refusal(answer: ScriptedAnswer): Promise<HawserError> {
  const { transport, api } = stage();
  const asked = api.resume("1f", 1, never).catch((error: unknown) => error);
  (await transport.nextRequest()).respond(answer);
  return (await asked) as HawserError;
}

test("[S15] problem documents become the project's errors, with all that they carry", async () => {
  const error = await refusal({
    status: 409,
    headers: { "Retry-After": "7" },
    body: { type: "urn:x", title: "t", status: 409, code: "chunks_missing", action: "a", missingChunks: [[2, 3]] },
  });
  expect(error).toBeInstanceOf(HawserError);
  expect([error.code, error.details]).toEqual([
    "chunks_missing",
    { detail: "t", retryAfterSeconds: 7, missingChunks: [[2, 3]] },
  ]);
});

test("[S15] bare statuses are read by their class", async () => {
  const classes: [number, string][] = [
    [408, "resync"],
    [409, "resync"],
    [423, "retry"],
    [425, "retry"],
    [429, "retry"],
    [500, "retry"],
    [502, "retry"],
    [503, "retry"],
    [504, "retry"],
    [507, "retry"],
    [599, "retry"],
    [302, "retry"],
    // A proxy whose server is away says nothing about the upload.
    [404, "retry"],
    [410, "retry"],
    [400, "never"],
    [405, "never"],
    [413, "never"],
    [415, "never"],
    [418, "never"],
    [422, "never"],
  ];
  for (const [status, retry] of classes) {
    expect([status, (await refusal({ status, body: "<html>" })).retry]).toEqual([status, retry]);
  }
  expect((await refusal({ status: 507 })).code).toBe("storage_full");
});

test("[R9] 401 and a foreign 403 ask for credentials; the server's own 403 does not", async () => {
  for (const status of [401, 403]) {
    const error = await refusal({ status });
    expect([error.code, error.retry]).toEqual([status === 401 ? "unauthorized" : "forbidden", "auth"]);
  }
  expect((await refusal({ status: 403, body: { code: "origin_forbidden", status: 403 } })).retry).toBe("never");
});

test("[S15] a sign-in page with status 200 is no answer", async () => {
  expect((await refusal({ status: 200, body: "<html>" })).code).toBe("unavailable");
});

test("[S15] Retry-After may be a date", async () => {
  const headers = { "retry-after": "Thu, 01 Jan 2026 00:01:30 GMT" };
  expect((await refusal({ status: 503, headers })).details.retryAfterSeconds).toBe(90);
});

test("[S16] a run says where it goes on, what it should be, and where the file ends", async () => {
  const { transport, api } = stage(() => ({ authorization: "Bearer x" }));
  const digests = [new Uint8Array(32), new Uint8Array(32).fill(1)];
  const bytes = new Uint8Array([1, 2, 3]);
  const sending = api.sendRun(
    "1f",
    {
      run: [4, 5],
      offsetBytes: 10,
      bytes,
      digests,
      isPart: false,
      stallTimeoutMs: 700,
      uploadLength: 99,
      onSent: () => {},
    },
    never,
  );
  const request = await transport.nextRequest();
  expect([request.method, request.url, request.body]).toEqual([
    "PUT",
    "https://files.test/base/uploads/1f/chunks/4-5",
    bytes,
  ]);
  expect(request.headers).toMatchObject({
    authorization: "Bearer x",
    "chunk-offset": "10",
    "upload-length": "99",
    "chunk-digests": expect.stringMatching(/^:[A-Za-z0-9+/]{43}=:, :[A-Za-z0-9+/]{43}=:$/),
  });
  expect(request.stallTimeoutMs).toBe(700);
  request.respond({ status: 200, body: { receipts: [[4, 5]], skipped: [], missingCount: 0 } });
  expect((await sending).receipts).toEqual([[4, 5]]);
});

test("[R8] a part of a chunk says that it is one, and carries the digest of itself", async () => {
  const { transport, api } = stage();
  const part = { run: [4, 4], offsetBytes: 10, isPart: true, stallTimeoutMs: 700, uploadLength: null } as const;
  const bytes = new Uint8Array([1, 2, 3]);
  const sending = api.sendRun("1f", { ...part, bytes, digests: [new Uint8Array(32)], onSent: () => {} }, never);
  const request = await transport.nextRequest();
  expect(request.url).toBe("https://files.test/base/uploads/1f/chunks/4");
  expect(request.headers).toMatchObject({
    "chunk-offset": "10",
    "chunk-partial": "?1",
    "content-digest": `sha-256=:${"A".repeat(43)}=:`,
  });
  expect(request.headers).not.toHaveProperty("chunk-digests");
  request.respond({ status: 200, body: { receipts: [], skipped: [], missingCount: 1, partialChunks: [[4, 13]] } });
  expect((await sending).partialChunks).toEqual([[4, 13]]);
});

test("[S16] finalize tells when to ask again, and cancel needs no body", async () => {
  const { transport, api } = stage();
  const finalizing = api.finalize("1f", {}, never);
  (await transport.nextRequest()).respond({ status: 202, headers: { "retry-after": "3" }, body: {} });
  expect(await finalizing).toEqual({ askAgainMs: 3_000 });
  const cancelling = api.cancel("1f", never);
  (await transport.nextRequest()).respond({ status: 204 });
  await cancelling;
});

test("[R8] a broken line is told as such, and an abort as its reason", async () => {
  const { transport, api } = stage();
  const broken = api.resume("1f", 1, never);
  (await transport.nextRequest()).break();
  await expect(broken).rejects.toMatchObject({ code: "connection_lost" });
  const stop = new AbortController();
  const aborted = api.resume("1f", 1, stop.signal);
  const request = await transport.nextRequest();
  stop.abort(new Error("enough"));
  await expect(aborted).rejects.toThrow("enough");
  expect(request.isAborted).toBe(true);
});
