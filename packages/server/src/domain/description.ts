import { HawserError, type InitializeRequest, isSha256Hex, limits, normalizeFilename } from "@hawser/protocol";
import type { NewUpload } from "../ports/ledger.ts";
import { isSize } from "./sizes.ts";

/** What a caller says about a file before sending it, checked and in the form that the ledger keeps. */
export type Description = Pick<
  NewUpload,
  "filename" | "contentType" | "sizeBytes" | "lastModified" | "metadata" | "evidence" | "priority" | "bundle" | "sealed"
>;

/** `type/subtype` with parameters, in printable ASCII: it is sent back in a header. */
const contentTypePattern = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:[ \t]*;[ -~]*)?$/;
const timePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?Z$/;
const encoder = new TextEncoder();

/**
 * Checks an InitializeRequest that already has the right shape.
 * @throws HawserError `invalid_request` naming the field, or `size_too_large`
 */
export function describe(body: InitializeRequest, maxSizeBytes: number): Description {
  const filename = normalizeFilename(body.filename);
  if (filename === undefined) throw invalid("filename");
  return {
    filename,
    contentType: readContentType(body.contentType),
    sizeBytes: readSize(body.size, maxSizeBytes),
    lastModified: body.lastModified === undefined ? null : readTime(body.lastModified),
    metadata: readMetadata(body.metadata),
    evidence: readEvidence(body.evidence),
    priority: body.priority ?? "normal",
    bundle: body.bundle === undefined ? null : { ...body.bundle },
    sealed: body.sealed ?? false,
  };
}

export function invalid(field: string): HawserError {
  return new HawserError("invalid_request", { detail: `The field ${field} is not valid.` });
}

function readSize(size: number | null, maxSizeBytes: number): number | null {
  if (size === null) return null;
  if (!isSize(size)) throw invalid("size");
  if (size > maxSizeBytes) throw new HawserError("size_too_large");
  return size;
}

/** Browsers give an empty type where they know none. */
function readContentType(contentType: string | undefined): string {
  if (contentType === undefined || contentType === "") return "application/octet-stream";
  if (contentType.length > limits.maxContentTypeBytes || !contentTypePattern.test(contentType)) {
    throw invalid("contentType");
  }
  return contentType;
}

/** A time in one spelling, so that equal times are equal texts. @throws HawserError `invalid_request` */
export function readTime(time: string): string {
  const at = timePattern.test(time) ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(at)) throw invalid("lastModified");
  return new Date(at).toISOString();
}

function readEvidence(evidence: InitializeRequest["evidence"] = {}): Description["evidence"] {
  for (const [kind, hex] of Object.entries(evidence)) if (!isSha256Hex(hex)) throw invalid(kind);
  return { ...evidence };
}

function readMetadata(metadata: InitializeRequest["metadata"] = {}): Description["metadata"] {
  const entries = Object.entries(metadata);
  const isFlat = entries.every(([key, value]) => isKey(key) && isValue(value));
  const sizeBytes = encoder.encode(JSON.stringify(metadata)).length;
  if (!isFlat || entries.length > limits.maxMetadataKeys || sizeBytes > limits.maxMetadataBytes) {
    throw invalid("metadata");
  }
  // Built from its own entries, a key like __proto__ is a key like any other.
  return Object.fromEntries(entries);
}

function isKey(key: string): boolean {
  return key !== "" && key.length <= limits.maxMetadataKeyChars && isText(key);
}

function isText(text: string): boolean {
  return text.isWellFormed();
}

function isValue(value: unknown): boolean {
  if (typeof value === "string") return isText(value);
  return value === null || typeof value === "boolean" || Number.isFinite(value);
}
