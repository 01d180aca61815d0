// Sends files with Uppy and its tus plugin, which uses tus-js-client. What is not about Node is the plugin's own default.
import { Agent } from "node:http";
import { basename } from "node:path";
import { Uppy } from "@uppy/core";
import Tus from "@uppy/tus";
import { DefaultHttpStack } from "tus-js-client";
import { endpointOf, idOf, piecesOf, readerOf } from "../load/tus.ts";
import { pathsOf, serveJobs } from "./job.ts";

const readBytes = 1_048_576;
/** The plugin's own waits, and the last of them again and again, so that it does not give up. */
const retryDelays = [100, 1_000, 3_000, ...Array<number>(12).fill(5_000)];

serveJobs<"uppy">(async (job) => {
  const agent = new Agent({ keepAlive: true });
  try {
    const ids: string[] = [];
    for (const path of pathsOf(job)) ids.push(await send(job.port, agent, path));
    return ids;
  } finally {
    agent.destroy();
  }
});

async function send(port: number, agent: Agent, path: string): Promise<string> {
  const uppy = new Uppy();
  // In Node the plugin cannot read a Blob; the file is read from disk, as by the other clients.
  const fileReader = readerOf(await piecesOf(path, readBytes));
  uppy.use(Tus, { endpoint: endpointOf(port), httpStack: new DefaultHttpStack({ agent }), fileReader, retryDelays });
  uppy.addFile({ name: basename(path), type: "application/octet-stream", data: new Blob([path]) });
  try {
    const result = await uppy.upload();
    const [file] = result?.successful ?? [];
    if (file === undefined) throw new Error(`Uppy did not send the file: ${result?.failed?.[0]?.error}`);
    return idOf(file.uploadURL);
  } finally {
    uppy.destroy();
  }
}
