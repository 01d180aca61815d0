import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Agent } from "node:http";
import type { Readable } from "node:stream";
import { DefaultHttpStack, Upload, type UploadOptions } from "tus-js-client";
import type { Content } from "./content.ts";
import type { Connections } from "./http.ts";

/**
 * Waits between attempts where lines break: tus-js-client's own, and the last of them again and again, so that it does
 * not give up. Each byte that arrives lets it begin anew.
 */
export const retryDelaysMs: number[] = [0, 1_000, 3_000, ...Array<number>(12).fill(5_000)];

export const endpointOf = (port: number) => `http://127.0.0.1:${port}/files`;

/** Settings that cost the client least: keep-alive, no retries, nothing remembered, bytes taken without a copy. */
function cheapSettings(port: number, agent: Agent) {
  return {
    endpoint: endpointOf(port),
    httpStack: new DefaultHttpStack({ agent }),
    retryDelays: null,
    storeFingerprintForResuming: false,
    fingerprint: () => Promise.resolve("none"),
  };
}

function finished(start: (onSuccess: () => void, onError: (error: Error) => void) => Upload): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const upload = start(() => resolve(upload), reject);
    upload.start();
  });
}

/**
 * Sends a file with tus-js-client. `chunkSizeBytes` Infinity: all of it in one PATCH. The file store offers no
 * concatenation, so that the peer has one connection for one file. Returns the upload's id.
 */
export async function uploadTus(port: number, content: Content, chunkSizeBytes: number): Promise<string> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const open = (start: number, end: number) => content.stream(start, end);
    return await uploadPieces(port, agent, { sizeBytes: content.sizeBytes, open }, chunkSizeBytes);
  } finally {
    agent.destroy();
  }
}

/**
 * Sends a file from disk in one PATCH, as tus-js-client documents it for Node: a stream with a path, of which it takes
 * the path and reads in pieces of Node's usual size. Returns the upload's id.
 */
export async function uploadTusStream(port: number, agent: Agent, path: string): Promise<string> {
  const upload = await finished((onSuccess, onError) => {
    return new Upload(createReadStream(path), { ...cheapSettings(port, agent), onSuccess, onError });
  });
  return idOf(upload.url);
}

/** The same with larger reads, which its option for reading allows. */
export async function uploadTusPath(
  port: number,
  agent: Agent,
  path: string,
  readBytes: number,
  options: Pick<UploadOptions, "retryDelays"> = {},
): Promise<string> {
  return uploadPieces(port, agent, await piecesOf(path, readBytes), Number.POSITIVE_INFINITY, options);
}

/** A file from disk, as often as it is asked for. */
export async function piecesOf(path: string, readBytes: number): Promise<Pieces> {
  const { size } = await stat(path);
  const open = (start: number, end: number) =>
    createReadStream(path, { start, end: end - 1, highWaterMark: readBytes });
  return { sizeBytes: size, open };
}

interface Pieces {
  readonly sizeBytes: number;
  /** Bytes `start` to `end`, not included. */
  open(start: number, end: number): Readable;
}

async function uploadPieces(
  port: number,
  agent: Agent,
  pieces: Pieces,
  chunkSizeBytes: number,
  options: Pick<UploadOptions, "retryDelays"> = {},
): Promise<string> {
  const fileReader = readerOf(pieces);
  const upload = await finished((onSuccess, onError) => {
    const settings = { ...cheapSettings(port, agent), fileReader, chunkSize: chunkSizeBytes, ...options };
    return new Upload(Buffer.alloc(0), { ...settings, onSuccess, onError });
  });
  return idOf(upload.url);
}

/** What tus-js-client reads a file with, whatever it is given as one. */
export function readerOf(pieces: Pieces): NonNullable<UploadOptions["fileReader"]> {
  const { sizeBytes } = pieces;
  const slice = (start: number, wantedEnd: number) => {
    const end = Math.min(wantedEnd, sizeBytes);
    const value: Readable & { size?: number } = pieces.open(start, end);
    value.size = end - start;
    return Promise.resolve({ value, done: end >= sizeBytes });
  };
  const source = { size: sizeBytes, slice, close: () => {} };
  return { openFile: () => Promise.resolve(source) };
}

/** Sends a small file with tus-js-client, its bytes in the creating request. */
export async function createWithTusClient(port: number, agent: Agent, filename: string, body: Buffer): Promise<string> {
  const upload = await finished((onSuccess, onError) => {
    return new Upload(body, {
      ...cheapSettings(port, agent),
      metadata: { filename },
      uploadDataDuringCreation: true,
      onSuccess,
      onError,
    });
  });
  return idOf(upload.url);
}

/** The same request without the client library: the least that a tus client can do for a small file. */
export async function createWithUpload(connections: Connections, filename: string, body: Buffer): Promise<string> {
  const fields = {
    "tus-resumable": "1.0.0",
    "upload-length": body.length,
    "upload-metadata": `filename ${Buffer.from(filename).toString("base64")}`,
    "content-type": "application/offset+octet-stream",
  };
  const answer = await connections.send("POST", "/files", fields, body, [201]);
  if (Number(answer.headers["upload-offset"]) !== body.length) throw new Error("The peer did not keep the whole file.");
  return idOf(answer.headers.location);
}

export function idOf(url: string | null | undefined): string {
  return url?.split("/").at(-1) ?? "";
}
