import { formatDigestList, headers } from "@hawser/protocol";
import { type Content, sha256 } from "./content.ts";
import { type Answer, Connections, inFlight } from "./http.ts";

export const lanes = 4;
export const runChunks = 8;

/** Whether the client hashes each chunk as it sends it, or has the digests already. */
export type Hashing = "precomputed" | "while sending";

/** A client of the native dialect that drives the real server and the floor with the same code. */
export class NativeClient {
  readonly connections: Connections;

  constructor(port: number, connections: number = lanes) {
    this.connections = new Connections(port, connections);
  }

  async initialize(filename: string, sizeBytes: number): Promise<string> {
    const message = { filename, size: sizeBytes };
    const answer = await this.connections.sendJson("POST", "/uploads/initialize", message, [201]);
    return readId(answer);
  }

  async sendRun(id: string, content: Content, first: number, last: number, hashing: Hashing): Promise<void> {
    const digests = hashing === "precomputed" ? content.digests(first, last) : content.hashRun(first, last);
    await this.connections.send(
      "PUT",
      runPath(id, first, last),
      { [headers.chunkDigests]: formatDigestList(digests) },
      content.run(first, last),
      [200],
    );
  }

  /** Sends every chunk in runs of 8 MiB, so many at once as there are lanes. */
  async sendChunks(id: string, content: Content, hashing: Hashing): Promise<void> {
    await inFlight(Math.ceil(content.chunks / runChunks), lanes, async (run) => {
      const first = run * runChunks + 1;
      await this.sendRun(id, content, first, Math.min(first + runChunks - 1, content.chunks), hashing);
    });
  }

  async finalize(id: string, treeDigest: string): Promise<void> {
    await this.connections.sendJson("POST", `/uploads/${id}/finalize`, { digest: treeDigest }, [200, 201]);
  }

  /** A whole upload, from the first request to the final answer. Returns its id. */
  async upload(
    filename: string,
    content: Content,
    hashing: Hashing,
    treeDigest = content.treeDigest(),
  ): Promise<string> {
    const id = await this.initialize(filename, content.sizeBytes);
    await this.sendChunks(id, content, hashing);
    await this.finalize(id, treeDigest);
    return id;
  }

  /** A small file in one request. Returns its id. */
  async oneShot(filename: string, body: Buffer, digest: Uint8Array = sha256(body)): Promise<string> {
    const path = `/uploads?filename=${encodeURIComponent(filename)}&contentType=application/octet-stream`;
    const fields = { [headers.chunkDigests]: formatDigestList([digest]) };
    return readId(await this.connections.send("POST", path, fields, body, [201]));
  }

  close(): void {
    this.connections.close();
  }
}

export function runPath(id: string, first: number, last: number): string {
  return `/uploads/${id}/chunks/${first === last ? first : `${first}-${last}`}`;
}

function readId(answer: Answer): string {
  return (JSON.parse(answer.body.toString()) as { id: string }).id;
}
