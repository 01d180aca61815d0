import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { formatDigestList, headers, limits } from "@hawser/protocol";
import { Content } from "./content.ts";
import { checkStatus, inFlight } from "./http.ts";
import { NativeClient, runPath } from "./native.ts";

const pieceBytes = 65_536;
const openingWidth = 16;

export interface PacedLoad {
  /** Uploads that are all sending at the same time, one connection each. */
  readonly uploads: number;
  /** Chunks in each upload's one run. */
  readonly chunks: number;
  /** All uploads together. */
  readonly bytesPerSecond: number;
}

/** Keeps many uploads in the middle of a run at once, as a crowd of slow senders does. Ends when all are answered. */
export async function sendPaced(port: number, load: PacedLoad): Promise<void> {
  const client = new NativeClient(port, load.uploads);
  const content = new Content(load.chunks * limits.chunkSizeBytes);
  const ids: string[] = [];
  try {
    await inFlight(load.uploads, openingWidth, async (index) => {
      ids.push(await client.initialize(`paced-${index}`, content.sizeBytes));
    });
    const pauseMs = (pieceBytes * load.uploads * 1_000) / load.bytesPerSecond;
    await Promise.all(ids.map((id) => sendSlowly(client, id, content, pauseMs)));
  } finally {
    client.close();
  }
}

async function sendSlowly(client: NativeClient, id: string, content: Content, pauseMs: number): Promise<void> {
  const path = runPath(id, 1, content.chunks);
  const { outgoing, answer } = client.connections.open("PUT", path, {
    "content-length": content.sizeBytes,
    [headers.chunkDigests]: formatDigestList(content.digests(1, content.chunks)),
  });
  let answered = false;
  const settled = answer.finally(() => {
    answered = true;
  });
  settled.catch(() => {});
  const body = content.run(1, content.chunks);
  const startedAt = performance.now();
  for (let sent = 0; sent < body.length && !answered; sent += pieceBytes) {
    const dueMs = startedAt + (sent / pieceBytes) * pauseMs - performance.now();
    if (dueMs > 0) await delay(dueMs);
    if (!outgoing.write(body.subarray(sent, sent + pieceBytes))) await Promise.race([once(outgoing, "drain"), settled]);
  }
  outgoing.end();
  checkStatus(await settled, `PUT ${path}`, [200]);
}
