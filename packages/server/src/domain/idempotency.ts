import { HawserError, limits, type Sha256, toHex } from "@hawser/protocol";
import type { LedgerReader, LedgerTransaction, UploadRecord } from "../ports/ledger.ts";
import { hasEnded } from "./standing.ts";

/** The request that an `Idempotency-Key` stands for. */
export interface KeyedRequest {
  readonly owner: string;
  readonly route: "initialize" | "one-shot";
  readonly key: string;
  /** SHA-256 hex of all that the request says. */
  readonly fingerprint: string;
}

const keyPattern = new RegExp(`^[ -~]{1,${limits.maxIdempotencyKeyChars}}$`);

/**
 * @param content all that the request says, as JSON data; the order of keys does not matter
 * @returns null without a key
 * @throws HawserError `invalid_request` for a key that is empty, too long or not printable ASCII
 */
export function keyRequest(
  request: { owner: string; route: KeyedRequest["route"]; key: string | null; content: unknown },
  sha256: Sha256,
): KeyedRequest | null {
  const { owner, route, key, content } = request;
  if (key === null) return null;
  if (!keyPattern.test(key)) {
    throw new HawserError("invalid_request", { detail: "The idempotency key is no printable ASCII of a fair length." });
  }
  const canonical = JSON.stringify(content, sortKeys);
  return { owner, route, key, fingerprint: toHex(sha256(new TextEncoder().encode(canonical))) };
}

function sortKeys(_: string, value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The upload that an earlier request with this key made.
 * @throws HawserError `idempotency_mismatch` when that was another request
 */
export async function findKeyed(reader: LedgerReader, request: KeyedRequest | null): Promise<UploadRecord | undefined> {
  if (request === null) return undefined;
  const bound = await reader.idempotency(request.owner, request.route, request.key);
  if (bound === undefined) return undefined;
  if (bound.fingerprint !== request.fingerprint) throw new HawserError("idempotency_mismatch");
  return await reader.upload(request.owner, bound.uploadId);
}

const otherRoutes = { initialize: "one-shot", "one-shot": "initialize" } as const;

/**
 * The upload that a request of the other kind made of the same file with this key: it stands for one upload, whichever
 * way that was begun, so that a client may change the way when it does not know what became of its first request. One
 * that ended without a file stands for nothing.
 */
export async function findOther(
  reader: LedgerReader,
  request: KeyedRequest,
  { filename, sizeBytes }: Pick<UploadRecord, "filename" | "sizeBytes">,
): Promise<UploadRecord | undefined> {
  const { owner, route, key } = request;
  const bound = await reader.idempotency(owner, otherRoutes[route], key);
  const record = bound && (await reader.upload(owner, bound.uploadId));
  if (record === undefined || hasEnded(record)) return undefined;
  return record.filename === filename && record.sizeBytes === sizeBytes ? record : undefined;
}

/** The same request again finds what the other one made. */
export function keyBusy(): HawserError {
  return new HawserError("idempotency_busy", { retryAfterSeconds: 1 });
}

/** Binds the key to the upload, in the transaction that creates it. */
export async function bindKey(tx: LedgerTransaction, request: KeyedRequest | null, uploadId: string): Promise<void> {
  if (request === null) return;
  const { owner, route, key, fingerprint } = request;
  await tx.insertIdempotency(owner, route, key, { fingerprint, uploadId });
}

/** Refuses a request while the first one with its key is still running. */
export interface KeysInUse {
  /** @throws HawserError `idempotency_busy` */
  run<T>(request: KeyedRequest | null, work: () => Promise<T>): Promise<T>;
}

/** Bounded by the requests in flight. */
export function createKeysInUse(): KeysInUse {
  const running = new Set<string>();
  return {
    async run(request, work) {
      if (request === null) return await work();
      // Of both routes: whoever looks for what the other one made must not be overtaken by it.
      const name = JSON.stringify([request.owner, request.key]);
      if (running.has(name)) throw keyBusy();
      running.add(name);
      try {
        return await work();
      } finally {
        running.delete(name);
      }
    },
  };
}
