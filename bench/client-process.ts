import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { ClientJobs, ClientKind, Question, Reply } from "./clients/job.ts";
import { type MeasuredProcess, measureProcess, spawnProbed } from "./process.ts";

const startTimeoutMs = 60_000;
const jobTimeoutMs = 600_000;

const programs: Record<ClientKind, string> = {
  engine: join(import.meta.dirname, "clients/engine.ts"),
  queue: join(import.meta.dirname, "clients/queue.ts"),
  tus: join(import.meta.dirname, "clients/tus.ts"),
  uppy: join(import.meta.dirname, "clients/uppy.ts"),
  watchers: join(import.meta.dirname, "clients/watchers.ts"),
};

/** A client under test. */
export interface RunningClient<K extends ClientKind> extends MeasuredProcess {
  /** @throws Error when the client cannot do it, has ended, or takes longer than ten minutes */
  work(job: ClientJobs[K]["job"]): Promise<ClientJobs[K]["answer"]>;
}

/** Starts a client and waits until everything that it needs is loaded. */
export async function startClient<K extends ClientKind>(kind: K): Promise<RunningClient<K>> {
  const child = spawnProbed([programs[kind]]);
  child.stdout?.resume();
  child.stderr?.setEncoding("utf8").on("data", (text: string) => process.stderr.write(`[${kind}] ${text}`));
  const measured = measureProcess(child, `${kind} client`);
  try {
    await receive<K>(child, kind, startTimeoutMs);
  } catch (error) {
    await measured.kill();
    throw error;
  }
  return {
    ...measured,
    work: async (job) => {
      const reply = receive<K>(child, kind, jobTimeoutMs);
      child.send({ job } satisfies Question<K>);
      const result = await reply;
      if (result.kind === "done") return result.answer;
      throw new Error(`The ${kind} client failed: ${result.kind === "failed" ? result.reason : "it started again"}`);
    },
  };
}

async function receive<K extends ClientKind>(child: ChildProcess, kind: K, timeoutMs: number): Promise<Reply<K>> {
  const ended = new AbortController();
  const onExit = () => ended.abort(new Error(`The ${kind} client has ended.`));
  child.once("exit", onExit);
  try {
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(timeoutMs)]);
    return (await once(child, "message", { signal }))[0] as Reply<K>;
  } finally {
    child.off("exit", onExit);
  }
}
