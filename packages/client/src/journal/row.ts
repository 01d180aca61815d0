import type { KeptRecord } from "./journal.ts";
import { parseRecord } from "./record.ts";

/** What became of a row of the database. */
export type ParsedRow =
  | { readonly kind: "record"; readonly kept: KeptRecord }
  | { readonly kind: "newer" }
  | { readonly kind: "unreadable" };

/** Reads a row, whatever it is. @param key where it stood */
export function parseRow(key: unknown, row: unknown): ParsedRow {
  if (typeof row !== "object" || row === null) return { kind: "unreadable" };
  const { id, holder, record } = row as Partial<Record<keyof KeptRecord, unknown>>;
  const parsed = parseRecord(record);
  if (parsed.kind !== "record") return parsed;
  const isWhole = id === key && parsed.record.id === key && typeof holder === "string";
  return isWhole
    ? { kind: "record", kept: { id, holder, record: parsed.record } as KeptRecord }
    : { kind: "unreadable" };
}
