import { HawserError, limits } from "@hawser/protocol";
import type { Level, Logger } from "pino";
import type { Authenticate } from "../ports/authenticate.ts";
import { authenticateLocal } from "../ports/authenticate.ts";

/** Settings of a server with embedded storage. Sizes are bytes, times milliseconds. */
export interface ServerOptions {
  /** Folder that keeps bytes and ledger; created where it is missing. One process at a time may use it. */
  readonly dataDir: string;
  /** Address to listen on. Default: 127.0.0.1. */
  readonly host?: string;
  /** Port to listen on; 0 takes a free one. Default: 8080. */
  readonly port?: number;
  /** The largest file taken. Default: what the protocol allows. */
  readonly maxSizeBytes?: number;
  /** An upload without activity for this long expires. Default: 7 days. */
  readonly expiryMs?: number;
  /** How long an ended upload or a deleted file answers 410 before it answers 404. Default: 30 days. */
  readonly tombstoneMs?: number;
  /** Free space that uploads leave alone: beyond it they get 507. Default: 256 MiB. */
  readonly minFreeBytes?: number;
  /** Names under which the server is reached beside loopback (`files.example`, `files.example:8443`). Default: none. */
  readonly allowedHosts?: readonly string[];
  /** Origins (`https://app.example`) whose pages may use the server. Default: none but its own. */
  readonly allowedOrigins?: readonly string[];
  /** Silence within a body after which it is given up. Default: 30 s. */
  readonly idleTimeoutMs?: number;
  /** Least bytes a second of a body, averaged over a minute of waiting for it; at least 1. Default: 1,024. */
  readonly minBytesPerSecond?: number;
  /** Time that requests in flight get when the server stops. Default: 10 s. */
  readonly shutdownGraceMs?: number;
  /** From one sweep to the next. Default: 5 minutes. */
  readonly sweepIntervalMs?: number;
  /** Folder of the built web app, which is then served at `/`. Default: none, `/` is a small page without scripts. */
  readonly webDir?: string;
  /** A pino logger, or the level of one that writes JSON lines to standard error. Default: `warn`. */
  readonly log?: Logger | Level | "silent";
  /** Who a request is from. Default: everybody is `local`. */
  readonly authenticate?: Authenticate;
  /**
   * Told once when the server cannot go on, because its facts thread died. Nothing acknowledged is lost; whoever
   * started it should end the process and start anew. Default: the error is thrown, which ends the process.
   */
  readonly onFailure?: (error: unknown) => void;
  /** For fault injection in tests: URL of a module that may export `wrapLedger`, `wrapFileSystem`, `wrapClock`. */
  readonly faults?: string;
}

export type ResolvedServerOptions = Required<Omit<ServerOptions, "webDir" | "faults">> & {
  readonly webDir: string | undefined;
  readonly faults: string | undefined;
};

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;

/**
 * A copy with every default filled in.
 * @throws HawserError `invalid_request` for a number that is out of its range
 */
export function resolveServerOptions(options: ServerOptions): ResolvedServerOptions {
  const resolved: ResolvedServerOptions = {
    dataDir: options.dataDir,
    host: options.host ?? "127.0.0.1",
    port: options.port ?? 8080,
    maxSizeBytes: options.maxSizeBytes ?? limits.maxSizeBytes,
    expiryMs: options.expiryMs ?? 7 * dayMs,
    tombstoneMs: options.tombstoneMs ?? 30 * dayMs,
    minFreeBytes: options.minFreeBytes ?? 256 * 1_048_576,
    allowedHosts: [...(options.allowedHosts ?? [])],
    allowedOrigins: [...(options.allowedOrigins ?? [])],
    idleTimeoutMs: options.idleTimeoutMs ?? 30_000,
    minBytesPerSecond: options.minBytesPerSecond ?? 1_024,
    shutdownGraceMs: options.shutdownGraceMs ?? 10_000,
    sweepIntervalMs: options.sweepIntervalMs ?? 5 * minuteMs,
    webDir: options.webDir,
    log: options.log ?? "warn",
    authenticate: options.authenticate ?? authenticateLocal,
    onFailure:
      options.onFailure ??
      ((error) => {
        throw error;
      }),
    faults: options.faults,
  };
  const least: Readonly<Record<string, number>> = { idleTimeoutMs: 1, minBytesPerSecond: 1, sweepIntervalMs: 1 };
  for (const [name, value] of Object.entries(resolved)) {
    if (typeof value !== "number") continue;
    if (!Number.isSafeInteger(value) || value < (least[name] ?? 0)) {
      throw new HawserError("invalid_request", { detail: `The option ${name} must be a whole number in its range.` });
    }
  }
  return resolved;
}
