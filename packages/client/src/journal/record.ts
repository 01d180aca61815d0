import { priorities } from "@hawser/protocol";
import { pauseReasons } from "../pause.ts";
import type { JournalRecord } from "./journal.ts";

/** The form that this program writes. */
const recordVersion = 1;

/** What became of a record that was kept: read, of a newer program and not to be touched, or not to be understood. */
export type ParsedRecord =
  | { readonly kind: "record"; readonly record: JournalRecord }
  | { readonly kind: "newer" }
  | { readonly kind: "unreadable" };

/** Reads what a journal kept, whatever it is: records may come from older programs, and storage may be damaged. */
export function parseRecord(value: unknown): ParsedRecord {
  if (!isObject(value)) return { kind: "unreadable" };
  const { version } = value;
  if (typeof version === "number" && version > recordVersion) return { kind: "newer" };
  if (version !== recordVersion || !isRecord(value)) return { kind: "unreadable" };
  return { kind: "record", record: value as unknown as JournalRecord };
}

export type Check = (value: unknown) => boolean;
type Fields = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText: Check = (value) => typeof value === "string";
export const isName: Check = (value) => typeof value === "string" && value !== "";
export const isNumber: Check = (value) => typeof value === "number" && Number.isFinite(value);
export const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isPositive: Check = (value) => isCount(value) && value !== 0;
const isPlain: Check = (value) => isText(value) || isNumber(value) || typeof value === "boolean" || value === null;
export const oneOf =
  (values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
export const nullOr =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
export const absentOr =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
export const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const mapOf =
  (check: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value).every(check);
export const shape =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) && Object.entries(checks).every(([name, check]) => check(value[name]));

const originChecks: readonly Check[] = [
  shape({ kind: oneOf(["path"]), path: isName }),
  shape({ kind: oneOf(["handle"]), handleId: isName }),
  shape({ kind: oneOf(["spool"]), spoolId: isName }),
];

const isRecord = shape({
  id: isName,
  endpoint: isName,
  source: shape({
    name: isName,
    sizeBytes: nullOr(isCount),
    contentType: nullOr(isText),
    lastModified: nullOr(isText),
  }),
  origin: nullOr((value) => originChecks.some((check) => check(value))),
  evidence: shape({ sampledHash: absentOr(isText), sha256: absentOr(isText) }),
  metadata: mapOf(isPlain),
  priority: oneOf(priorities),
  bundle: nullOr(shape({ id: isName, position: isCount })),
  contentType: nullOr(isText),
  fullHash: absentOr((value) => typeof value === "boolean"),
  idempotencyKey: isName,
  upload: nullOr(shape({ id: isName, runAlign: isPositive, maxRunChunks: isPositive, maxLanes: absentOr(isPositive) })),
  paused: listOf(oneOf(pauseReasons)),
  parked: nullOr(shape({ code: isName, detail: isText })),
  confirmedBytes: absentOr(isCount),
  compareFirst: absentOr((value) => typeof value === "boolean"),
  position: isNumber,
  createdAt: isNumber,
} satisfies Readonly<Record<keyof Omit<JournalRecord, "version">, Check>>);
