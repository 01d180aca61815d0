import { MessageChannel } from "node:worker_threads";
import { HawserError, problemOf } from "@hawser/protocol";
import { afterEach, expect, test } from "vitest";
import { connectOver, exposeOver, listMethods, type Remote } from "./link.ts";

interface Desk {
  readonly name: string;
  add(a: number, b: number): Promise<number>;
  digest(bytes: Uint8Array): Promise<Uint8Array>;
  refuse(): Promise<void>;
  break(): Promise<void>;
  wait(): Promise<void>;
}

const methods = listMethods<Desk>({ add: true, digest: true, refuse: true, break: true, wait: true });
const desk: Remote<Desk> = {
  add: async (a, b) => a + b,
  digest: async (bytes) => bytes.map((byte) => 255 - byte),
  refuse: async () => {
    throw new HawserError("chunk_conflict", { detail: "chunk 3", conflicts: [[3, 3]] });
  },
  break: async () => {
    throw new RangeError("secret path /x");
  },
  wait: () => new Promise(() => undefined),
};

const open: MessageChannel[] = [];
afterEach(() => {
  for (const { port1 } of open.splice(0)) port1.close();
});

function connect(maxPendingCalls?: number) {
  const channel = new MessageChannel();
  open.push(channel);
  const unknown: unknown[] = [];
  exposeOver<Desk>(channel.port1, desk, methods, (error, method) => unknown.push([method, error]));
  return { channel, unknown, remote: connectOver<Desk>(channel.port2, methods, maxPendingCalls) };
}

test("[S6] calls return their own result, bytes included, whatever the order", async () => {
  const { remote } = connect();
  const sums = await Promise.all(Array.from({ length: 200 }, (_, i) => remote.add(i, 1)));
  expect(sums).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
  expect([...(await remote.digest(Uint8Array.of(0, 1)))]).toEqual([255, 254]);
});

test("[S15] a HawserError crosses with its code and details", async () => {
  const { remote, unknown } = connect();
  const error = await remote.refuse().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(HawserError);
  expect(error).toMatchObject({ code: "chunk_conflict", details: { detail: "chunk 3", conflicts: [[3, 3]] } });
  expect(unknown).toEqual([]);
});

test("[S15] an unknown error becomes internal, and is told on the serving side only", async () => {
  const { remote, unknown } = connect();
  const error = (await remote.break().catch((thrown: unknown) => thrown)) as HawserError;
  expect(error).toMatchObject({ code: "internal", details: {} });
  expect(JSON.stringify(problemOf(error))).not.toContain("secret");
  expect(unknown).toEqual([["break", expect.any(RangeError)]]);
});

test("[S15] calls that wait when the port closes, and later ones, reject with unavailable", async () => {
  const { channel, remote } = connect();
  const waiting = remote.wait();
  channel.port1.close();
  await expect(waiting).rejects.toMatchObject({ code: "unavailable" });
  await expect(remote.add(1, 2)).rejects.toMatchObject({ code: "unavailable" });
});

test("[S15] more waiting calls than allowed are refused, and room returns with the answers", async () => {
  const { remote } = connect(2);
  const first = remote.add(1, 1);
  const second = remote.add(2, 2);
  await expect(remote.add(3, 3)).rejects.toMatchObject({ code: "unavailable" });
  expect(await Promise.all([first, second])).toEqual([2, 4]);
  expect(await remote.add(4, 4)).toBe(8);
});
