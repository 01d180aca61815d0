/**
 * Fault injection for the kill suite: the server loads this module in both of its threads and wraps its ports with
 * it. `HAWSER_KILL_AT=NAME:COUNT`, or an order of the driver, ends the process with SIGKILL when the failpoint NAME is
 * passed for the COUNT-th time in its thread. `HAWSER_CLOCK_AHEAD_MS` and orders set the clock forward.
 */
import { basename, dirname } from "node:path";
import { BroadcastChannel, isMainThread } from "node:worker_threads";
import type { FileHandle, FileSystem } from "../../src/adapters/disk/file-system.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Ledger } from "../../src/ports/ledger.ts";
import { channels, type Order, type Passes, type Reply } from "./orders.ts";

const passed: Record<string, Passes> = {};
let target = "";
let left = 0;
let aheadMs = Number(process.env.HAWSER_CLOCK_AHEAD_MS ?? "0");

function arm(killAt: string): void {
  const [name = "", count = "1"] = killAt.split(/:(?=\d+$)/);
  target = name;
  left = Number(count);
}

function pass(name: string): void {
  const { count, firstAt } = passed[name] ?? { count: 0, firstAt: performance.timeOrigin + performance.now() };
  passed[name] = { count: count + 1, firstAt };
  if (name === target && --left === 0) process.kill(process.pid, "SIGKILL");
}

/** Passes `before NAME`, does the work, passes `after NAME`. */
async function around<T>(name: string, work: () => Promise<T>): Promise<T> {
  pass(`before ${name}`);
  const result = await work();
  pass(`after ${name}`);
  return result;
}

export function wrapLedger(ledger: Ledger): Ledger {
  pass("after open ledger");
  return {
    read: (work) => ledger.read(work),
    close: () => ledger.close(),
    transact: (name, work) =>
      around(name, () =>
        ledger.transact(name, async (tx) => {
          const result = await work(tx);
          pass(`inside ${name}`);
          return result;
        }),
      ),
  };
}

export function wrapFileSystem(fileSystem: FileSystem): FileSystem {
  return {
    open: async (path, options) => {
      const open = () => fileSystem.open(path, options);
      return wrapHandle(options.create ? await around(`create ${kindOf(path)}`, open) : await open(), kindOf(path));
    },
    makeDirectory: (path) => around(`make ${kindOf(path)}`, () => fileSystem.makeDirectory(path)),
    syncDirectory: (path) => around(`sync ${kindOf(path)}`, () => fileSystem.syncDirectory(path)),
    unlink: (path) => around(`unlink ${kindOf(path)}`, () => fileSystem.unlink(path)),
    listDirectory: (path) => fileSystem.listDirectory(path),
    capacity: (path) => fileSystem.capacity(path),
  };
}

/** The last port to be wrapped: what follows is recovery, then the first answers. */
export function wrapClock(clock: Clock): Clock {
  pass("before recovery");
  return {
    now: () => clock.now() + aheadMs,
    monotonic: () => clock.monotonic() + aheadMs,
    sleep: (delayMs, signal) => clock.sleep(delayMs, signal),
  };
}

function wrapHandle(handle: FileHandle, kind: string): FileHandle {
  return {
    write: (bytes, position) => around(`write ${kind}`, () => handle.write(bytes, position)),
    read: (into, position) => handle.read(into, position),
    syncData: () => around(`sync ${kind}`, () => handle.syncData()),
    close: () => handle.close(),
  };
}

/** What a path of the disk store is: `bytes` are an upload's, the folders are those between them and the data folder. */
function kindOf(path: string): string {
  const name = basename(path);
  if (/^[0-9a-f]{32}$/.test(name)) return "bytes";
  if (/^[0-9a-f]{2}$/.test(name)) return basename(dirname(path)) === "blobs" ? "outer folder" : "inner folder";
  if (name === "probe") return "probe";
  return name === "blobs" ? "blobs folder" : "data folder";
}

arm(process.env.HAWSER_KILL_AT ?? "");
if (!isMainThread) pass("before open ledger");

const replies = new BroadcastChannel(channels.replies);
const orders = new BroadcastChannel(channels.orders);
orders.onmessage = (message) => {
  const { number, killAt, passMs = 0 } = (message as { data: Order }).data;
  if (killAt !== undefined) arm(killAt);
  aheadMs += passMs;
  replies.postMessage({ number, passed } satisfies Reply);
};
// A server that has stopped must be able to end.
for (const channel of [orders, replies]) channel.unref();
