// Preloaded into every server and client under test (`--import`), all variants alike. It tells the bench, over the IPC
// channel, what the process cannot be asked from outside: its CPU time to the microsecond, and how long garbage
// collection held the main thread, which is the one that moves bytes.
import { PerformanceObserver } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

/** What asks for usage; other messages are for the process itself. */
export type UsageQuestion = "usage";

/** What a process has used since it started. */
export interface Usage {
  /** User and system time of all its threads, in seconds. */
  readonly cpuSeconds: number;
  /** Pauses of the main thread for garbage collection, in milliseconds. */
  readonly gcMs: number;
}

function watch(reply: (usage: Usage) => void): void {
  let gcMs = 0;
  const add = (entries: readonly { readonly duration: number }[]) => {
    for (const entry of entries) gcMs += entry.duration;
  };
  const observer = new PerformanceObserver((list) => add(list.getEntries()));
  observer.observe({ entryTypes: ["gc"] });
  process.on("message", (message) => {
    if (message !== ("usage" satisfies UsageQuestion)) return;
    add(observer.takeRecords());
    const { user, system } = process.cpuUsage();
    reply({ cpuSeconds: (user + system) / 1e6, gcMs });
  });
  // The channel must not keep a server alive that has closed its port, nor a server outlive a bench that died.
  process.channel?.unref();
  process.on("disconnect", () => process.exit(0));
}

const send = process.send?.bind(process);
if (isMainThread && send !== undefined) watch((usage) => void send(usage));
