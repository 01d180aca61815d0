/** A server in its own process, to be killed: `server-under-test.ts DATA-FOLDER`, with an IPC channel to its driver. */
import { BroadcastChannel } from "node:worker_threads";
import { startServer } from "../../src/embedded/server.ts";
import { channels, type Order, type Reply } from "./orders.ts";

const threads = 2;
const server = await startServer({
  dataDir: process.argv[2] as string,
  port: 0,
  sweepIntervalMs: 20,
  faults: new URL("./failpoints.ts", import.meta.url).href,
});

const orders = new BroadcastChannel(channels.orders);
const replies = new BroadcastChannel(channels.replies);
const waiting = new Map<number, Reply[]>();

process.on("message", (order: Order) => {
  waiting.set(order.number, []);
  orders.postMessage(order);
});
replies.onmessage = (message) => {
  const reply = (message as { data: Reply }).data;
  const given = waiting.get(reply.number) ?? [];
  given.push(reply);
  if (given.length < threads) return;
  waiting.delete(reply.number);
  // Each failpoint lies in one thread, so that no count hides another.
  process.send?.({ number: reply.number, passed: Object.assign({}, ...given.map(({ passed }) => passed)) });
};
// The driver has let go, or is dead itself.
process.on("disconnect", () => {
  void server.close().finally(() => process.exit());
});

process.stdout.write(`Hawser listening on ${server.url}\n`);
