import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Connections } from "./load/http.ts";
import type { ServerKind } from "./process.ts";

export interface Store {
  readonly kind: ServerKind;
  readonly port: number;
  readonly folder: string;
}

/** SHA-256 in hex of what a server keeps under an id: downloaded from Hawser, read from the others' folders. */
export function hashStored({ kind, port, folder }: Store, id: string): Promise<string> {
  return kind === "hawser" ? hashDownload(port, id) : hashFile(join(folder, id));
}

async function hashDownload(port: number, id: string): Promise<string> {
  const connections = new Connections(port, 1);
  try {
    return await connections.hashDownload(`/files/${id}`);
  } finally {
    connections.close();
  }
}

async function hashFile(path: string): Promise<string> {
  const whole = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1_048_576 }), whole);
  return whole.digest("hex");
}
