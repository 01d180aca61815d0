import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { transportCases } from "../../test/contracts/transport.contract.ts";
import { startTransportServer, type TransportServer } from "../../test/contracts/transport-server.ts";
import { createNodeTransport } from "./node-http.ts";
import type { Transport, TransportRequest } from "./transport.ts";

let server: TransportServer;
let transport: Transport;
const { signal } = new AbortController();

beforeEach(async () => {
  server = await startTransportServer();
  transport = createNodeTransport();
});
afterEach(async () => {
  transport.close?.();
  await server.close();
});

const send = (path: string, request: Partial<TransportRequest> = {}) => {
  const defaults = { method: "PUT", headers: {}, body: null, stallTimeoutMs: 20_000 } as const;
  return transport.send({ ...defaults, url: `${server.url}${path}`, ...request }, signal);
};
const seen = async (path: string) => JSON.parse((await send(`seen?path=/${path}`, { method: "GET" })).text);

test.each(transportCases.map((each) => [each.title, each] as const))("[R8] Node's transport %s", (_, { run }) =>
  run({ transport, url: server.url }),
);

describe("connections", () => {
  test("[S17] are used again", async () => {
    for (let at = 0; at < 5; at++) await send("echo", { body: new Uint8Array(200_000) });
    expect(await seen("echo")).toMatchObject({ requests: 5, connections: 1 });
  });

  test("[R8] one that broke while it was idle, or before any answer: the request is told as lost, not sent twice", async () => {
    expect((await send("broken", { method: "POST" })).text).toBe("well");
    await expect(send("broken", { method: "POST" })).rejects.toMatchObject({ code: "connection_lost" });
    expect((await seen("broken")).requests).toBe(2);
    expect((await send("broken", { method: "POST" })).text).toBe("well");
  });

  test("[R8] an early answer ends the sending: most of a large body never leaves", async () => {
    const body = new Uint8Array(64 * 1_048_576);
    let sentBytes = 0;
    const onSent = (bytes: number) => {
      sentBytes = bytes;
    };
    expect((await send("early?after=100000", { body, onSent })).status).toBe(409);
    expect(sentBytes).toBeLessThan(body.length / 2);
  });

  test("[R8] an answer that refuses the body unread is read", async () => {
    const answer = await send("refuse", { body: new Uint8Array(64 * 1_048_576) });
    expect(answer.status).toBe(409);
    expect(answer.text).toBe('{"code":"chunk_conflict"}');
  });

  test("[S15] what cannot be sent at all is told as such, not as a broken line", async () => {
    await expect(send("echo", { url: "nonsense" })).rejects.toMatchObject({ code: "invalid_request" });
    await expect(send("echo", { headers: { "x-bad": "a\nb" } })).rejects.toMatchObject({ code: "invalid_request" });
  });
});
