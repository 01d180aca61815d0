import { limits } from "./limits.ts";

/** C0, C1, DEL, line and paragraph separators; the bidirectional overrides, embeddings, isolates and marks. */
const forbidden = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/**
 * A filename as the ledger stores it: NFC, 1 to 1,024 bytes of well-formed Unicode without control characters
 * or bidirectional overrides. Undefined when `name` cannot be that. It is data: it never becomes part of a path.
 */
export function normalizeFilename(name: string): string | undefined {
  if (!name.isWellFormed() || forbidden.test(name)) return undefined;
  const normalized = name.normalize("NFC");
  const sizeBytes = new TextEncoder().encode(normalized).length;
  return sizeBytes >= 1 && sizeBytes <= limits.maxFilenameBytes ? normalized : undefined;
}

const idPattern = /^[0-9a-f]{32}$/;

/** Whether `text` is an upload's id: 128 random bits in lower-case hex. */
export function isUploadId(text: string): boolean {
  return idPattern.test(text);
}
