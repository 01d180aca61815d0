import type { IncomingHttpHeaders } from "node:http";
import {
  type ErrorCode,
  HawserError,
  isUploadId,
  limits,
  headers as names,
  parseContentDigest,
  parseDigestList,
  type RunResponse,
} from "@hawser/protocol";
import type { ByteRoom } from "../ports/byte-room.ts";
import type { Facts, OneShotRequest, RunRequest } from "../ports/facts.ts";
import { type Answer, jsonAnswer } from "./answers.ts";
import type { IncomingBody } from "./body.ts";
import { parseFieldBoolean, parseFieldInteger, parseNatural, parseQuery } from "./fields.ts";

const runPattern = /^([0-9]+)(?:-([0-9]+))?$/;

/** What a chunk request says, once its path and headers were read. */
export interface ParsedRun {
  readonly request: RunRequest;
  /** `Upload-Complete`. */
  readonly completes: boolean;
}

/**
 * Reads a chunk request's path (`{n}` or `{first}-{last}`) and headers; decides nothing about the upload.
 * @throws HawserError `length_required`, `unsupported_media_type`, `invalid_chunk`, `digest_required`, `invalid_request`
 */
export function parseRun(owner: string, id: string, run: string, fields: IncomingHttpHeaders): ParsedRun {
  const contentLength = parseContentLength(fields);
  refuseContentEncoding(fields);
  const [, firstText, lastText] = runPattern.exec(run) ?? [];
  const first = parseNatural(firstText ?? "");
  const last = lastText === undefined ? first : parseNatural(lastText);
  if (first === undefined || last === undefined) throw new HawserError("invalid_chunk");
  const partial = readField(fields, names.chunkPartial, parseFieldBoolean) ?? false;
  return {
    request: {
      owner,
      id,
      first,
      last,
      digests: partial ? readContentDigest(fields) : readDigests(fields),
      offsetBytes: readField(fields, names.chunkOffset, parseFieldInteger) ?? 0,
      partial,
      contentLength,
      sizeBytes: readField(fields, names.uploadLength, parseFieldInteger),
    },
    completes: readField(fields, names.uploadComplete, parseFieldBoolean) ?? false,
  };
}

/**
 * Reads a one-shot request's query and headers.
 * @throws HawserError `length_required`, `unsupported_media_type`, `body_too_long`, `digest_required`, `invalid_request`
 */
export function parseOneShot(owner: string, query: string, fields: IncomingHttpHeaders): OneShotRequest {
  const sizeBytes = parseContentLength(fields);
  refuseContentEncoding(fields);
  if (sizeBytes > limits.maxOneShotBytes) throw new HawserError("body_too_long");
  const digests = sizeBytes === 0 ? (readDigests(fields) ?? []) : readDigests(fields);
  if (digests === null) throw new HawserError("digest_required");
  const idempotencyKey = text(fields, names.idempotencyKey) ?? null;
  return { owner, fields: parseQuery(query), sizeBytes, digests, idempotencyKey };
}

/** Hands a chunk request to the byte room, and finalizes when it asks for that and nothing is missing. */
export async function receiveRun(
  { room, facts }: { readonly room: ByteRoom; readonly facts: Facts },
  owner: string,
  target: { readonly id: string; readonly run: string },
  fields: IncomingHttpHeaders,
  body: IncomingBody,
): Promise<Answer> {
  if (!isUploadId(target.id)) throw new HawserError("not_found");
  let parsed: ParsedRun;
  try {
    parsed = parseRun(owner, target.id, target.run, fields);
  } catch (malformed) {
    await refuseAbsent(facts, owner, target.id);
    throw malformed;
  }
  const response: RunResponse = await room.receiveRun(parsed.request, body);
  // The run's own count may be old: chunks of it that were skipped may have been another lane's last ones.
  const file = parsed.completes ? await facts.completeIfWhole(owner, target.id) : undefined;
  return jsonAnswer(200, file === undefined ? response : { ...response, missingCount: 0, file });
}

export async function receiveOneShot(
  room: ByteRoom,
  owner: string,
  query: string,
  fields: IncomingHttpHeaders,
  body: IncomingBody,
): Promise<Answer> {
  const { created, file } = await room.receiveOneShot(parseOneShot(owner, query, fields), body);
  return jsonAnswer(created ? 201 : 200, { file }, { location: file.url });
}

/**
 * An upload that is not there or has ended comes first in the order of checks, also before a request that is not
 * well formed. So such a request asks about its upload before it is refused.
 */
async function refuseAbsent(facts: Facts, owner: string, id: string): Promise<void> {
  const probe: RunRequest = {
    owner,
    id,
    first: 1,
    last: 1,
    digests: null,
    offsetBytes: 0,
    partial: false,
    contentLength: 0,
    sizeBytes: null,
  };
  try {
    await facts.admitRun(probe);
  } catch (refusal) {
    const { code } = HawserError.from(refusal);
    if (code === "not_found" || code === "gone") throw refusal;
  }
}

function text(fields: IncomingHttpHeaders, name: string): string | undefined {
  const value = fields[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

/** A header that may be absent (null), and else has to be well formed. */
function readField<T>(
  fields: IncomingHttpHeaders,
  name: string,
  parse: (text: string) => T | undefined,
  code: ErrorCode = "invalid_request",
): T | null {
  const value = text(fields, name);
  if (value === undefined) return null;
  const parsed = parse(value.trim());
  if (parsed === undefined) throw new HawserError(code, { detail: `${name} is not well formed.` });
  return parsed;
}

function readDigests(fields: IncomingHttpHeaders): Uint8Array[] | null {
  return readField(fields, names.chunkDigests, parseDigestList, "digest_required");
}

function readContentDigest(fields: IncomingHttpHeaders): Uint8Array[] | null {
  const digest = readField(fields, names.contentDigest, parseContentDigest, "digest_required");
  return digest === null ? null : [digest];
}

function parseContentLength(fields: IncomingHttpHeaders): number {
  const length = text(fields, "content-length");
  if (length === undefined || fields["transfer-encoding"] !== undefined) throw new HawserError("length_required");
  const sizeBytes = parseFieldInteger(length);
  if (sizeBytes === undefined) throw new HawserError("body_too_long");
  return sizeBytes;
}

/** Bytes are taken as they are; what is packed is never unpacked here. */
export function refuseContentEncoding(fields: IncomingHttpHeaders): void {
  const encoding = text(fields, "content-encoding");
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") throw new HawserError("unsupported_media_type");
}
