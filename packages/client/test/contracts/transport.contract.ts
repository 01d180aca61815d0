import type { Transport, TransportRequest, TransportResponse } from "../../src/transport/transport.ts";

/**
 * The client part of the transport contract: needs neither a test runner nor Node, so that a browser can run it. The
 * server part is `startTransportServer`; this side knows it by its address only.
 */
export interface TransportCase {
  /** Read after "a transport …". */
  readonly title: string;
  run(stage: TransportStage): Promise<void>;
}

export interface TransportStage {
  /** A new one for each case. */
  readonly transport: Transport;
  /** Of the server part; ends with a slash. */
  readonly url: string;
}

const mebibyte = 1_048_576;
const stallTimeoutMs = 400;

function expectEqual(actual: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`got ${left} where ${right} was expected`);
}

function expectTrue(claim: boolean, meaning: string): void {
  if (!claim) throw new Error(`not so: ${meaning}`);
}

function send(
  { transport, url }: TransportStage,
  path: string,
  request: Partial<TransportRequest> = {},
  signal = new AbortController().signal,
): Promise<TransportResponse> {
  const defaults = { method: "PUT", headers: {}, body: null, stallTimeoutMs: 20_000 } as const;
  return transport.send({ ...defaults, url: new URL(path, url).href, ...request }, signal);
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}

async function expectLost(work: Promise<unknown>): Promise<void> {
  const { code } = (await failureOf(work)) as { code?: string };
  expectEqual(code, "connection_lost");
}

async function seen(stage: TransportStage, path: string): Promise<{ requests: number } | null> {
  const { text } = await send(stage, `seen?path=/${path.split("?")[0]}`, { method: "GET" });
  return JSON.parse(text);
}

function patternedBody(sizeBytes: number): Uint8Array {
  const body = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes; at++) body[at] = at * 7 + (at >> 8);
  return body;
}

async function sha256Hex(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const carrying: readonly TransportCase[] = [
  {
    title: "carries bytes exactly, with their method and header fields",
    run: async (stage) => {
      for (const sizeBytes of [0, 1, 65_536, 3 * mebibyte + 17]) {
        const body = patternedBody(sizeBytes);
        const { status, text, header } = await send(stage, "echo", { body, headers: { "x-word": "hello" } });
        const got = JSON.parse(text);
        expectEqual(
          [status, got.method, got.headers["x-word"], got.bodyBytes, got.sha256],
          [200, "PUT", "hello", sizeBytes, await sha256Hex(body)],
        );
        expectEqual([got.headers["content-length"], got.word], [String(sizeBytes), "Zoë ✓"]);
        expectEqual([header("content-type"), header("x-absent")], ["application/json", null]);
      }
    },
  },
  {
    title: "carries text, and requests without a body",
    run: async (stage) => {
      const headers = { "content-type": "application/json" };
      const posted = JSON.parse((await send(stage, "echo", { method: "POST", body: '{"a":"ü"}', headers })).text);
      expectEqual([posted.bodyBytes, posted.headers["content-type"]], [10, "application/json"]);
      for (const method of ["GET", "POST", "DELETE"] as const) {
        const got = JSON.parse((await send(stage, "echo", { method })).text);
        expectEqual([got.method, got.bodyBytes], [method, 0]);
      }
    },
  },
  {
    title: "resolves with any status",
    run: async (stage) => {
      for (const code of [200, 201, 202, 204, 400, 401, 404, 409, 410, 413, 422, 429, 500, 503, 507]) {
        for (const body of [patternedBody(100), null]) {
          const { status, text, header } = await send(stage, `status?code=${code}`, { method: "POST", body });
          expectEqual([status, text, header("retry-after")], [code, code === 204 ? "" : "the text", "7"]);
        }
      }
    },
  },
  {
    title: "tells how much was sent: rising, to the end, never beyond",
    run: async (stage) => {
      const steps: number[] = [];
      await send(stage, "echo", { body: patternedBody(2 * mebibyte), onSent: (sentBytes) => steps.push(sentBytes) });
      expectEqual(
        steps,
        steps.toSorted((a, b) => a - b),
      );
      expectEqual(steps.at(-1), 2 * mebibyte);
    },
  },
];

const breaking: readonly TransportCase[] = [
  {
    title: "does not count as sent what nobody takes, and gives up after a stall",
    run: async (stage) => {
      let sentBytes = 0;
      const body = new Uint8Array(48 * mebibyte);
      const onSent = (bytes: number) => {
        sentBytes = bytes;
      };
      await expectLost(send(stage, "deaf", { body, stallTimeoutMs, onSent }));
      expectTrue(sentBytes < body.length, `${sentBytes} bytes are less than the body's`);
    },
  },
  {
    title: "reads an answer that comes while the body is being sent",
    run: async (stage) => {
      const { status, text } = await send(stage, "early?after=100000", { body: new Uint8Array(32 * mebibyte) });
      expectEqual([status, text], [409, '{"code":"chunk_conflict"}']);
      expectEqual((await send(stage, "echo", { body: patternedBody(100) })).status, 200);
    },
  },
  {
    title: "tells a connection that breaks before, in or after the body, or in the answer",
    run: async (stage) => {
      const body = patternedBody(2 * mebibyte);
      for (const path of ["cut?after=1", "cut?after=1500000", "swallow", "half"]) {
        await expectLost(send(stage, path, { body }));
      }
      await expectLost(send(stage, "half", { method: "GET" }));
      await expectLost(send({ ...stage, url: "http://127.0.0.1:1/" }, "echo", { body }));
      await expectLost(send({ ...stage, url: "http://127.0.0.1:1/" }, "echo", { method: "GET" }));
      expectEqual((await send(stage, "echo", { body })).status, 200);
    },
  },
  {
    title: "gives up when no answer comes",
    run: async (stage) => {
      await expectLost(send(stage, "silent", { body: patternedBody(100), stallTimeoutMs }));
      await expectLost(send(stage, "silent", { method: "GET", stallTimeoutMs }));
    },
  },
  {
    title: "waits as long as something moves, in either direction",
    run: async (stage) => {
      // A browser needs its time before it tells of the first bytes.
      const stallTimeoutMs = 800;
      const slow = await send(stage, "slowly", { body: new Uint8Array(24 * mebibyte), stallTimeoutMs });
      expectEqual([slow.status, slow.text], [200, "done"]);
      for (const body of [patternedBody(100), null]) {
        const { text } = await send(stage, "drip", { method: "POST", body, stallTimeoutMs });
        expectEqual(text.split(";").length, 21);
      }
    },
  },
];

const stopping: readonly TransportCase[] = [
  {
    title: "sends nothing when it was stopped before, and rejects with the reason",
    run: async (stage) => {
      const reason = new Error("stopped");
      for (const body of [patternedBody(10), "text", null]) {
        const path = `echo/stopped-${typeof body}`;
        const failure = await failureOf(send(stage, path, { method: "POST", body }, AbortSignal.abort(reason)));
        expectTrue(failure === reason, "it rejects with the reason");
        expectEqual(await seen(stage, path), null);
      }
    },
  },
  {
    title: "stops in the middle of a body, and rejects with the reason",
    run: async (stage) => {
      const stop = new AbortController();
      const reason = new Error("stopped");
      const body = new Uint8Array(48 * mebibyte);
      const failure = await failureOf(send(stage, "deaf", { body, onSent: () => stop.abort(reason) }, stop.signal));
      expectTrue(failure === reason, "it rejects with the reason");
    },
  },
  {
    title: "stops while it waits for the answer, and rejects with the reason",
    run: async (stage) => {
      for (const body of [patternedBody(10), "text", null]) {
        const path = `silent/${typeof body}`;
        const stop = new AbortController();
        const reason = new Error("stopped");
        const sending = failureOf(send(stage, path, { method: "POST", body }, stop.signal));
        while ((await seen(stage, path)) === null);
        stop.abort(reason);
        expectTrue((await sending) === reason, "it rejects with the reason");
      }
    },
  },
];

export const transportCases: readonly TransportCase[] = [...carrying, ...breaking, ...stopping];
