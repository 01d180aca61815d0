// Sends files with tus-js-client: a big one read as it is sent, small ones from one read each.
import { readFile } from "node:fs/promises";
import { Agent } from "node:http";
import { basename } from "node:path";
import { inFlight } from "../load/http.ts";
import { createWithTusClient, uploadTusPath } from "../load/tus.ts";
import { pathsOf, serveJobs } from "./job.ts";

serveJobs<"tus">(async (job) => {
  const { port, patchBytes, width } = job;
  const agent = new Agent({ keepAlive: true, maxSockets: width });
  const ids: string[] = [];
  const paths = pathsOf(job);
  try {
    await inFlight(paths.length, width, async (index) => {
      const path = paths[index] as string;
      ids[index] =
        width > 1
          ? await createWithTusClient(port, agent, basename(path), await readFile(path))
          : await uploadTusPath(port, agent, path, patchBytes ?? Number.POSITIVE_INFINITY);
    });
    return ids;
  } finally {
    agent.destroy();
  }
});
