import { HawserError } from "@hawser/protocol";
import type { UploadRecord } from "../ports/ledger.ts";

const cursorPattern = /^[1-9]\d{0,14}$/;

/**
 * The key that a page of rows, newest first, goes on before; undefined for the first page.
 * @throws HawserError `invalid_request`
 */
export function readCursor(cursor: string | null): number | undefined {
  if (cursor === null) return undefined;
  if (cursorPattern.test(cursor)) return Number(cursor);
  throw new HawserError("invalid_request", { detail: "The cursor is not one that this server gave." });
}

/** Cuts a page off rows of which one more than `limit` was asked for. */
export function cutPage(
  records: readonly UploadRecord[],
  limit: number,
): { readonly page: readonly UploadRecord[]; readonly next: { readonly next?: string } } {
  const page = records.slice(0, limit);
  const last = page.at(-1);
  const hasMore = records.length > limit && last !== undefined;
  return { page, next: hasMore ? { next: String(last.key) } : {} };
}
