import { type File, formatContentDigest, fromHex, HawserError, isUploadId } from "@hawser/protocol";
import { create as contentDisposition } from "content-disposition";
import type { ByteRoom } from "../ports/byte-room.ts";
import type { Facts, FileLocation } from "../ports/facts.ts";
import { problemAnswer } from "./answers.ts";
import { type ByteRange, countBytes, isNotModified, parseRange, rangeCounts } from "./byte-ranges.ts";
import type { Exchange } from "./exchange.ts";

/** What is read from the store and written to the peer at once. */
const pieceBytes = 512 * 1024;

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const mediaTypePattern = new RegExp(
  `^${token}/${token}(?:[ \\t]*;[ \\t]*${token}=(?:${token}|"(?:[\\t !#-\\[\\]-~]|\\\\[\\t -~])*"))*$`,
);

export interface FileParts {
  readonly room: ByteRoom;
  readonly facts: Facts;
}

/**
 * Answers `GET` and `HEAD /files/{id}`: the whole file, ranges of it, or 304. What is stored came from strangers, so
 * it is only ever a download: never shown, run or embedded under this origin.
 * @throws HawserError `not_found`, `gone`, `file_damaged` before anything was answered
 */
export async function sendFile(parts: FileParts, owner: string, id: string, exchange: Exchange): Promise<void> {
  if (!isUploadId(id)) throw new HawserError("not_found");
  const location = await parts.facts.locateFile(owner, id);
  const { file } = location;
  const fields = exchange.request.headers;
  const validators = { etag: etagOf(file), lastModified: Math.floor(Date.parse(file.completedAt) / 1000) * 1000 };
  const common = commonHeaders(file, validators);
  if (isNotModified(fields, validators)) return exchange.send({ status: 304, headers: common, body: "" });

  const asked = fields.range !== undefined && rangeCounts(fields, validators) ? fields.range : undefined;
  const ranges = asked === undefined ? null : parseRange(asked, file.size);
  if (ranges?.length === 0) {
    const outside = new HawserError("range_not_satisfiable");
    return exchange.send(problemAnswer(outside, { "content-range": `bytes */${file.size}` }));
  }
  const answer = new FileAnswer(parts.room, location, exchange);
  if (ranges === null) return answer.whole(common);
  const [single, ...more] = ranges as [ByteRange, ...ByteRange[]];
  return more.length === 0 ? answer.range(common, single) : answer.ranges(common, ranges);
}

/** Strong: it changes with every byte. */
function etagOf(file: File): string {
  return `"${file.digest.replace("tree:", "")}-${file.size}"`;
}

/** The declared type where it is one at all; it came from a stranger. */
function safeContentType(declared: string): string {
  return mediaTypePattern.test(declared) ? declared : "application/octet-stream";
}

/** A name may hold what separates folders; a client that does not look would write to another place. */
function downloadName({ filename }: File): string {
  return filename.replaceAll(/[/\\]/g, "_");
}

function commonHeaders(file: File, validators: { etag: string; lastModified: number }): Record<string, string> {
  const sha256 = file.sha256 === undefined ? undefined : fromHex(file.sha256);
  return {
    etag: validators.etag,
    "last-modified": new Date(validators.lastModified).toUTCString(),
    "accept-ranges": "bytes",
    "cache-control": "private, no-cache",
    "content-disposition": contentDisposition(downloadName(file)),
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "same-origin",
    ...(sha256 === undefined ? {} : { "repr-digest": formatContentDigest(sha256) }),
  };
}

/** Sends the bytes of one file. */
class FileAnswer {
  readonly #room: ByteRoom;
  readonly #location: FileLocation;
  readonly #exchange: Exchange;

  constructor(room: ByteRoom, location: FileLocation, exchange: Exchange) {
    this.#room = room;
    this.#location = location;
    this.#exchange = exchange;
  }

  get #file(): File {
    return this.#location.file;
  }

  async whole(common: Record<string, string>): Promise<void> {
    const { size } = this.#file;
    this.#begin(200, common, safeContentType(this.#file.contentType), size);
    await this.#send([{ range: [0, size - 1] }]);
  }

  async range(common: Record<string, string>, range: ByteRange): Promise<void> {
    const headers = { ...common, "content-range": this.#contentRange(range) };
    this.#begin(206, headers, safeContentType(this.#file.contentType), countBytes([range]));
    await this.#send([{ range }]);
  }

  async ranges(common: Record<string, string>, ranges: readonly ByteRange[]): Promise<void> {
    // No file can hold its own digest, so this line is nowhere in it.
    const boundary = `hawser-${this.#file.digest.slice(-48)}`;
    const type = safeContentType(this.#file.contentType);
    const parts: Part[] = ranges.map((range) => ({
      head: `\r\n--${boundary}\r\nContent-Type: ${type}\r\nContent-Range: ${this.#contentRange(range)}\r\n\r\n`,
      range,
    }));
    parts.push({ head: `\r\n--${boundary}--\r\n` });
    const sizeBytes = parts.reduce((sum, { head }) => sum + Buffer.byteLength(head ?? ""), countBytes(ranges));
    this.#begin(206, common, `multipart/byteranges; boundary=${boundary}`, sizeBytes);
    await this.#send(parts);
  }

  #contentRange([first, last]: ByteRange): string {
    return `bytes ${first}-${last}/${this.#file.size}`;
  }

  #begin(status: number, headers: Record<string, string>, contentType: string, sizeBytes: number): void {
    this.#exchange.response.setHeader("content-length", sizeBytes);
    this.#exchange.writeHead(status, { ...headers, "content-type": contentType });
  }

  /** Sends the parts. Where bytes are missing the connection is cut: an answer that looks whole would be a lie. */
  async #send(parts: readonly Part[]): Promise<void> {
    if (this.#exchange.request.method === "HEAD") return this.#exchange.end();
    for (const { head, range } of parts) {
      if (head !== undefined && !(await this.#exchange.write(Buffer.from(head)))) return;
      if (range !== undefined && !(await this.#sendBytes(range))) return;
    }
    await this.#exchange.end();
  }

  /** False when the peer is gone. */
  async #sendBytes([first, last]: ByteRange): Promise<boolean> {
    const { smallBody } = this.#location;
    if (last < first) return true;
    if (smallBody !== null) {
      if (smallBody.length !== this.#file.size) throw missingBytes(this.#file, smallBody.length);
      return this.#exchange.write(smallBody.subarray(first, last + 1));
    }
    const buffer = Buffer.allocUnsafeSlow(Math.min(pieceBytes, last + 1 - first));
    for (let position = first; position <= last; ) {
      const target = buffer.subarray(0, Math.min(buffer.length, last + 1 - position));
      const sizeBytes = await this.#room.readFile(this.#file.id, position, target);
      if (sizeBytes === 0) throw missingBytes(this.#file, position);
      if (!(await this.#exchange.write(target.subarray(0, sizeBytes)))) return false;
      position += sizeBytes;
    }
    return true;
  }
}

interface Part {
  readonly head?: string;
  readonly range?: ByteRange;
}

/** The ledger says that the bytes are there: for the operator, not for the peer. */
function missingBytes({ id }: File, position: number): HawserError {
  return new HawserError("internal", {}, { cause: new Error(`File ${id} has no bytes from ${position} on.`) });
}
