import { chunksIn, LiveMessage } from "@hawser/protocol";
import { Compile } from "typebox/compile";
import { expect, onTestFinished, test } from "vitest";
import type { ServerOptions } from "../../src/embedded/options.ts";
import { EventStream } from "../support/event-stream.ts";
import { LiveServer } from "../support/live-server.ts";
import { runRequest } from "../support/run-request.ts";
import { WatchClient } from "../support/watch-client.ts";

const messages = Compile(LiveMessage);
const mebibyte = 1_048_576;
const size = 2 * mebibyte + 5;

async function start(options: Partial<ServerOptions> = {}): Promise<LiveServer> {
  const server = await LiveServer.start({ minFreeBytes: 0, ...options });
  onTestFinished(async () => {
    await server.close();
    expect(server.complaints).toEqual([]);
  });
  return server;
}

async function watch(server: LiveServer, ...[subject, after]: Parameters<WatchClient["subscribe"]>) {
  const client = await WatchClient.open(server.port);
  onTestFinished(() => client.cut());
  client.subscribe(subject, after);
  await client.untilShown();
  return client;
}

/** What of an upload's life has a number. */
const numbered = ({ events }: Pick<WatchClient, "events">) =>
  events.flatMap((event) => ("seq" in event ? [[event.seq, event.type]] : []));

test("[S7] over a WebSocket a life is told as the ledger has it, bytes and refusals between", async () => {
  const server = await start();
  const client = await watch(server, "uploads");
  const id = await server.begin(size, { bundle: { id: "trip", position: 0 } });
  await server.send(id, "1", "a", size);
  const { body } = runRequest(id, "2", "b", size);
  const { headers = {} } = runRequest(id, "2", "a", size);
  const refused = await server.json({ method: "PUT", target: `/uploads/${id}/chunks/2`, headers, body });
  expect(refused.status).toBe(422);
  await client.untilEvent("failed");
  await server.send(id, "2-3", "a", size);
  expect((await server.post(`/uploads/${id}/finalize`, { sha256: "00".repeat(32) })).status).toBe(422);
  expect((await server.post(`/uploads/${id}/finalize`, {})).status).toBe(200);
  await client.untilEvent("completed");
  for (const message of client.messages) expect(messages.Errors(message)).toEqual([]);
  expect(numbered(client)).toEqual([
    [1, "created"],
    [2, "assembly_started"],
    [3, "failed"],
    [4, "assembly_started"],
    [5, "validation_complete"],
    [5, "completed"],
  ]);
  expect(server.ledgerEvents().map(({ kind }) => kind)).toEqual([
    ...["created", "assembly_started", "reactivated", "assembly_started", "completed"],
  ]);
  const refusals = client.events.filter(({ type }) => type === "failed");
  expect(refusals).toMatchObject([
    { code: "digest_mismatch", ranges: [[2, 2]] },
    { code: "file_mismatch", upload: { state: "active", failure: { code: "file_mismatch" } } },
  ]);
  const chunks = client.events.flatMap((event) => (event.type === "chunk_uploaded" ? event.ranges : []));
  expect([...chunksIn(chunks)].sort()).toEqual([1, 2, 3]);
  const last = client.events.filter(({ type }) => type === "progress").at(-1);
  expect(last).toMatchObject({ id, size, receivedBytes: size, missingCount: 0 });
});

test("[S7] a small file, a cancel and a deleted file are told; a repeated connection misses none of them", async () => {
  const server = await start();
  const client = await watch(server, "uploads");
  await server.shoot("a", new Uint8Array(100));
  await client.untilEvent("completed");
  const seq = client.seq as number;
  client.cut();
  const id = await server.begin(size);
  await server.json({ method: "DELETE", target: `/uploads/${id}` });
  const [{ id: fileId }] = (await server.json({ target: "/files" })).files as unknown as [{ id: string }];
  await server.json({ method: "DELETE", target: `/files/${fileId}` });
  const again = await watch(server, "uploads", seq);
  expect(numbered(again)).toEqual([
    [seq + 1, "created"],
    [seq + 2, "cancelled"],
    [seq + 3, "file_deleted"],
  ]);
});

test("[S7] an event stream tells one upload's life, then ends; who comes again after the end is told so", async () => {
  const server = await start();
  const id = await server.begin(size);
  const path = `/uploads/${id}/events`;
  const stream = await EventStream.open(server.port, path);
  expect(stream.response.headers.get("content-type")).toBe("text/event-stream");
  await stream.until(({ messages }) => messages.length > 0);
  expect(stream.others).toEqual(["retry: 1000"]);
  expect(stream.messages).toMatchObject([{ id: "1", event: "uploads", data: { uploads: [{ id, state: "active" }] } }]);
  await server.send(id, "1-3", "a", size);
  await server.post(`/uploads/${id}/finalize`, {});
  await stream.untilEnd();
  expect(numbered(stream)).toEqual([
    [2, "assembly_started"],
    [3, "validation_complete"],
    [3, "completed"],
  ]);
  expect(stream.messages.at(-1)?.id).toBe("3");
  for (const { data } of stream.messages) expect(messages.Errors(data)).toEqual([]);

  const over = await EventStream.open(server.port, path, { "last-event-id": "3" });
  expect(over.response.status).toBe(204);
  const half = await EventStream.open(server.port, `${path}?after=9`, { "last-event-id": "2" });
  await half.untilEnd();
  expect(numbered(half).map(([, type]) => type)).toEqual(["validation_complete", "completed"]);
  expect(half.messages.map(({ event }) => event)).toEqual(["events", "uploads"]);
  const fresh = await EventStream.open(server.port, path);
  await fresh.untilEnd();
  expect(fresh.messages).toMatchObject([{ event: "uploads", data: { uploads: [{ state: "completed" }] } }]);
});

test("[S7] a stream of nothing, or with a number that is none, is refused with a problem document", async () => {
  const server = await start();
  const id = await server.begin(size);
  const ask = (target: string) => server.json({ target });
  expect(await ask(`/uploads/${"0".repeat(32)}/events`)).toMatchObject({ status: 404, code: "not_found" });
  expect(await ask(`/uploads/${id}/events?after=-1`)).toMatchObject({ status: 400, code: "invalid_request" });
  expect(await ask(`/uploads/${id}/events?since=1`)).toMatchObject({ status: 400, code: "invalid_request" });
});

test("[S7] a principal sees what is its own, with a ticket of its own", async () => {
  const authenticate: ServerOptions["authenticate"] = async ({ headers }) => ({ owner: String(headers["x-user"]) });
  const server = await start({ authenticate });
  const anna = { headers: { "x-user": "anna" } };
  const id = await server.begin(size, {}, anna.headers);
  const client = await WatchClient.open(server.port, { headers: { "x-user": "bert" } });
  onTestFinished(() => client.cut());
  client.subscribe(`upload:${id}`);
  await client.until(({ messages }) => messages.length > 0);
  expect(client.messages).toMatchObject([{ type: "refused", problem: { code: "not_found", status: 404 } }]);
  client.subscribe("uploads", 0);
  await client.untilShown();
  expect(client.messages.slice(1)).toMatchObject([{ type: "uploads", uploads: [] }]);
  const own = await WatchClient.open(server.port, anna);
  onTestFinished(() => own.cut());
  own.subscribe("uploads", 0);
  await own.untilShown();
  expect(numbered(own)).toEqual([[1, "created"]]);
  const stream = await EventStream.open(server.port, `/uploads/${id}/events`, { "x-user": "bert" });
  expect(stream.response.status).toBe(404);
});

test("[S7] a server that stops tells its watchers at once, and ends their streams", async () => {
  const server = await LiveServer.start({ minFreeBytes: 0, shutdownGraceMs: 60_000 });
  const id = await server.begin(size);
  const client = await watch(server, "uploads");
  const stream = await EventStream.open(server.port, `/uploads/${id}/events`);
  await stream.until(({ messages }) => messages.length > 0);
  const [closed] = await Promise.all([client.closed, stream.untilEnd(), server.close()]);
  expect(closed).toEqual({ code: 1001, reason: "The server stops." });
});
