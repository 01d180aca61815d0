import { isIP, isIPv4 } from "node:net";
import { HawserError } from "@hawser/protocol";

/** For whom the server answers, and whose pages may change something. */
export interface GuardOptions {
  /** Whether the server listens on loopback alone. */
  readonly loopback: boolean;
  /** Host names, with or without a port, under which the server is known beside its own addresses. */
  readonly allowedHosts: readonly string[];
  /** Origins (`https://app.example`) whose pages may use the server. */
  readonly allowedOrigins: readonly string[];
}

export interface GuardedRequest {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
}

const hostPattern = /^(\[[0-9a-f:.]+\]|[^\s:[\]/?#@\\]+)(?::[0-9]{1,5})?$/;
const harmlessMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Refuses what a browser was tricked into: a foreign `Host` (DNS rebinding), and changes asked for by a page of a
 * foreign origin.
 * @returns the configured origin that asks, which then gets CORS headers; null for everybody else
 * @throws HawserError `misdirected_request`, `origin_forbidden`
 */
export function guardRequest(request: GuardedRequest, options: GuardOptions): string | null {
  const host = request.host?.toLowerCase();
  if (host === undefined || !isKnownHost(host, options)) throw new HawserError("misdirected_request");
  const { origin } = request;
  if (origin === undefined) return null;
  if (options.allowedOrigins.includes(origin)) return origin;
  const ownOrigin = origin === `http://${host}` || origin === `https://${host}`;
  if (!ownOrigin && !harmlessMethods.has(request.method)) throw new HawserError("origin_forbidden");
  return null;
}

/**
 * Loopback names and configured ones. A server that is reachable from elsewhere and has no configured name answers
 * to any IP address too: no foreign name can be made to point at it then.
 */
function isKnownHost(host: string, { loopback, allowedHosts }: GuardOptions): boolean {
  const name = hostPattern.exec(host)?.[1];
  if (name === undefined) return false;
  if (isLoopback(name)) return true;
  if (allowedHosts.some((allowed) => allowed.toLowerCase() === host || allowed.toLowerCase() === name)) return true;
  return !loopback && allowedHosts.length === 0 && isIP(name.replace(/^\[|\]$/g, "")) !== 0;
}

/** Whether `name` (of a URL or to listen on) is this machine for itself only: 127.0.0.0/8, ::1, localhost. */
export function isLoopback(name: string): boolean {
  if (name === "localhost" || name === "[::1]" || name === "::1") return true;
  return isIPv4(name) && name.startsWith("127.");
}

const exposedHeaders = "Content-Disposition, Content-Range, ETag, Location, Repr-Digest, Retry-After";
const preflightHeaders = {
  "access-control-allow-methods": "GET, HEAD, POST, PUT, DELETE",
  "access-control-allow-headers":
    "Authorization, Chunk-Digests, Chunk-Offset, Chunk-Partial, Content-Digest, Content-Type, Idempotency-Key, " +
    "If-None-Match, If-Range, Last-Event-ID, Range, Upload-Complete, Upload-Length",
  "access-control-max-age": "600",
} as const;

/** What lets pages of a configured origin read an answer. Caches must tell origins apart as soon as one is configured. */
export function corsHeaders(
  origin: string | null,
  preflight: boolean,
  { allowedOrigins }: GuardOptions,
): Record<string, string> {
  if (allowedOrigins.length === 0) return {};
  if (origin === null) return { vary: "Origin" };
  return {
    vary: "Origin",
    "access-control-allow-origin": origin,
    "access-control-expose-headers": exposedHeaders,
    ...(preflight ? preflightHeaders : {}),
  };
}
