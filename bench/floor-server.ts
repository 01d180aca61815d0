// The floor: what any server must at least do with a run that it hashes and keeps. A bare node:http sink that hashes
// each chunk (update per data event) and writes 1 MiB gathers at their place in one sparse file; no ledger, no sync,
// no checks. Frozen: a change here makes older results worthless for comparison.
import { createHash, type Hash } from "node:crypto";
import { closeSync, openSync, writev } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

const chunkBytes = 1_048_576;
const maxWritesInFlight = 4;
const folder = process.argv[2] ?? ".";
const files = new Map<string, number>();
let created = 0;

/** Answers `PUT /uploads/{id}/chunks/{first}[-{last}]` once every byte was hashed and handed to the page cache. */
function receiveRun(request: IncomingMessage, response: ServerResponse, fd: number, firstChunk: number): void {
  let position = (firstChunk - 1) * chunkBytes;
  let hash: Hash = createHash("sha256");
  let pieces: Buffer[] = [];
  let gathered = 0;
  let inFlight = 0;
  let ended = false;

  const answerWhenDone = () => {
    if (ended && inFlight === 0) response.writeHead(200, { "content-length": 2 }).end("{}");
  };
  const flush = () => {
    hash.digest();
    const expected = gathered;
    inFlight++;
    if (inFlight >= maxWritesInFlight) request.pause();
    writev(fd, pieces, position, (error, written) => {
      if (error !== null || written !== expected) process.exit(1);
      inFlight--;
      if (request.isPaused()) request.resume();
      answerWhenDone();
    });
    position += gathered;
    hash = createHash("sha256");
    pieces = [];
    gathered = 0;
  };
  request.on("data", (data: Buffer) => {
    let rest = data;
    while (rest.length > 0) {
      const piece = rest.subarray(0, chunkBytes - gathered);
      hash.update(piece);
      pieces.push(piece);
      gathered += piece.length;
      rest = rest.subarray(piece.length);
      if (gathered === chunkBytes) flush();
    }
  });
  request.on("end", () => {
    ended = true;
    if (gathered > 0) flush();
    answerWhenDone();
  });
}

/** Opens an upload, or ends it; both answer with its id, so that one client drives this and the real server. */
function answerControl(request: IncomingMessage, response: ServerResponse): void {
  const [, , id = "", action] = (request.url ?? "").split("/");
  let body = JSON.stringify({ id });
  if (action === "finalize") {
    const fd = files.get(id);
    if (fd !== undefined) closeSync(fd);
    files.delete(id);
  } else {
    const fresh = `floor-${++created}`;
    files.set(fresh, openSync(join(folder, fresh), "w"));
    body = JSON.stringify({ id: fresh });
  }
  request.resume();
  request.on("end", () => response.writeHead(201, { "content-length": Buffer.byteLength(body) }).end(body));
}

const server = createServer((request, response) => {
  if (request.method !== "PUT") return answerControl(request, response);
  const [, , id = "", , run = ""] = (request.url ?? "").split("/");
  const fd = files.get(id);
  if (fd === undefined) response.writeHead(404).end();
  else receiveRun(request, response, fd, Number.parseInt(run, 10));
});
// As long as Hawser's: settling the disk takes longer than Node's own five seconds, and a line closed meanwhile would end
// the measure.
server.keepAliveTimeout = 65_000;
server.listen(0, "127.0.0.1", () => {
  console.log(`Floor listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.on("SIGTERM", () => process.exit(0));
