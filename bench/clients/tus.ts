// Sends files with tus-js-client: big ones read as they are sent, small ones from one read each.
import { readFile } from "node:fs/promises";
import { Agent } from "node:http";
import { basename } from "node:path";
import { inFlight } from "../load/http.ts";
import { createWithTusClient, retryDelaysMs, uploadTusPath, uploadTusStream } from "../load/tus.ts";
import { pathsOf, serveJobs, type TusJob } from "./job.ts";

const largeReadBytes = 1_048_576;

type Send = (port: number, agent: Agent, path: string) => Promise<string>;

const ways: Record<TusJob["way"], Send> = {
  stream: uploadTusStream,
  "large-reads": (port, agent, path) => uploadTusPath(port, agent, path, largeReadBytes),
  enduring: (port, agent, path) => uploadTusPath(port, agent, path, largeReadBytes, { retryDelays: retryDelaysMs }),
  create: async (port, agent, path) => createWithTusClient(port, agent, basename(path), await readFile(path)),
};

serveJobs<"tus">(async (job) => {
  const { port, way, width } = job;
  const agent = new Agent({ keepAlive: true, maxSockets: width });
  const paths = pathsOf(job);
  const ids: string[] = [];
  try {
    await inFlight(paths.length, width, async (index) => {
      ids[index] = await ways[way](port, agent, paths[index] as string);
    });
    return ids;
  } finally {
    agent.destroy();
  }
});
