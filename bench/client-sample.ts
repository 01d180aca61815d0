import { type RunningClient, startClient } from "./client-process.ts";
import type { ClientJobs } from "./clients/job.ts";
import { readThrough } from "./load/source-files.ts";
import { busySeconds, ownCpuSeconds } from "./machine.ts";
import type { Bench } from "./measure.ts";
import { type RunningServer, startServer } from "./process.ts";
import type { Store } from "./stored.ts";

type Sender = "engine" | "tus";

/** A client that sends files to its server, each a fresh process. */
export interface ClientTrial<K extends Sender> {
  readonly client: K;
  /** Bytes that the server will keep. */
  readonly storedBytes: number;
  /** Where the files are that are sent: first those that warm everything up, then those that count. */
  readonly sourceFolder: string;
  readonly warmUpFiles: number;
  readonly files: number;
  readonly job: (port: number, first: number, count: number) => ClientJobs[K]["job"];
  /** Looks at what the server keeps, outside the timed part. */
  readonly check: (store: Store, ids: readonly string[]) => Promise<void>;
}

export interface ClientSample {
  readonly seconds: number;
  readonly clientCpuSeconds: number;
  readonly serverCpuSeconds: number;
  /** Cores that neither of them had. */
  readonly othersCores: number;
  /** The client's peak memory while it sent, over what it had when it was loaded and had sent nothing. */
  readonly overIdleBytes: number;
}

export async function sampleClient<K extends Sender>(trial: ClientTrial<K>, bench: Bench): Promise<ClientSample> {
  const folder = bench.scratch.folder(trial.storedBytes);
  const kind = trial.client === "engine" ? "hawser" : "peer";
  const server = await startServer(kind, folder);
  try {
    const client = await startClient(trial.client);
    try {
      const { ids, sample } = await send(trial, client, server, bench);
      if (ids.length !== trial.files) throw new Error(`The ${trial.client} client did not send every file.`);
      await trial.check({ kind, port: server.port, folder }, ids);
      return sample;
    } finally {
      await client.stop();
    }
  } finally {
    await server.stop();
  }
}

async function send<K extends Sender>(
  { sourceFolder, warmUpFiles, files, job }: ClientTrial<K>,
  client: RunningClient<K>,
  server: RunningServer,
  bench: Bench,
): Promise<{ ids: readonly string[]; sample: ClientSample }> {
  const idleBytes = client.memory().residentBytes;
  await client.work(job(server.port, 0, warmUpFiles));
  await bench.settle();
  readThrough(sourceFolder, warmUpFiles, files);
  client.resetPeak();
  const before = { client: await client.usage(), server: await server.usage(), own: ownCpuSeconds() };
  const busyBefore = busySeconds();
  const startedAt = performance.now();
  const ids = (await client.work(job(server.port, warmUpFiles, files))) as readonly string[];
  const seconds = (performance.now() - startedAt) / 1_000;
  const clientCpuSeconds = (await client.usage()).cpuSeconds - before.client.cpuSeconds;
  const serverCpuSeconds = (await server.usage()).cpuSeconds - before.server.cpuSeconds;
  const others = busySeconds() - busyBefore - clientCpuSeconds - serverCpuSeconds - (ownCpuSeconds() - before.own);
  return {
    ids,
    sample: {
      seconds,
      clientCpuSeconds,
      serverCpuSeconds,
      othersCores: Math.max(0, others / seconds),
      overIdleBytes: client.memory().peakBytes - idleBytes,
    },
  };
}
