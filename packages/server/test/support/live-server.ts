import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  chunkOffset,
  countChunks,
  type File,
  formatDigestList,
  type ResumeResponse,
  type Upload,
} from "@hawser/protocol";
import pino from "pino";
import { openReader } from "../../src/adapters/sqlite/connection.ts";
import type { ServerOptions } from "../../src/embedded/options.ts";
import { type RunningServer, startServer } from "../../src/embedded/server.ts";
import { sha256, type Variant } from "./contents.ts";
import { exchange, type WireAnswer, type WireRequest } from "./http-exchange.ts";
import { runRequest } from "./run-request.ts";

const awaitingRemoval = `SELECT key FROM uploads
  WHERE bytes_in <> 'none' AND (state IN ('failed', 'cancelled', 'expired') OR deleted_at IS NOT NULL)`;

interface LogLine {
  readonly level: number;
  readonly msg?: string;
  readonly err?: unknown;
}

/** What JSON answers may hold, as far as tests look at it. */
export type Json = Partial<Upload> &
  Partial<ResumeResponse> & {
    readonly file?: File;
    readonly files?: readonly File[];
    readonly [other: string]: unknown;
  };

/** A row that watchers are told of. */
export interface LedgerEvent {
  readonly seq: number;
  readonly kind: string;
  readonly id: string;
  readonly bundleId: string | null;
}

const selectEvents = `SELECT seq, kind, uploads.id AS id, bundle ->> '$.id' AS bundleId
  FROM events JOIN uploads ON uploads.key = events.upload ORDER BY seq`;

/** Those of a data folder, whether or not its server lives. */
export function readLedgerEvents(dataDir: string): LedgerEvent[] {
  const ledger = openReader(join(dataDir, "ledger.sqlite"), () => undefined);
  try {
    return ledger.all<LedgerEvent>(selectEvents).map((row) => ({ ...row }));
  } finally {
    ledger.close();
  }
}

/** A real server over a temporary folder, spoken to byte by byte; keeps its log. */
export class LiveServer {
  readonly folder: string;
  /** What was told to the operator at level warn and above. */
  readonly complaints: LogLine[];
  readonly #server: RunningServer;

  private constructor(folder: string, server: RunningServer, complaints: LogLine[]) {
    this.folder = folder;
    this.#server = server;
    this.complaints = complaints;
  }

  static async start(options: Partial<ServerOptions> = {}): Promise<LiveServer> {
    const folder = await mkdtemp(join(tmpdir(), "hawser-live-"));
    const complaints: LogLine[] = [];
    const write = (line: string) => {
      const entry = JSON.parse(line) as LogLine;
      if (entry.level >= 40 || entry.err !== undefined || line.includes('"stack"')) complaints.push(entry);
    };
    const log = pino({ level: "debug" }, { write });
    try {
      const server = await startServer({ dataDir: join(folder, "data"), port: 0, log, shutdownGraceMs: 0, ...options });
      return new LiveServer(folder, server, complaints);
    } catch (error) {
      await rm(folder, { recursive: true });
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#server.close();
    await rm(this.folder, { recursive: true });
  }

  get port(): number {
    return this.#server.port;
  }

  ask(request: WireRequest): Promise<WireAnswer> {
    return exchange(this.port, request);
  }

  async json(request: WireRequest): Promise<Json & { readonly status: number }> {
    const { status, body } = await this.ask(request);
    return { ...(body.length === 0 ? {} : (JSON.parse(body.toString()) as Json)), status };
  }

  /** A JSON request. */
  post(target: string, value?: unknown, headers: WireRequest["headers"] = {}): Promise<Json & { status: number }> {
    const body = value === undefined ? {} : { body: typeof value === "string" ? value : JSON.stringify(value) };
    return this.json({ method: "POST", target, headers: { "content-type": "application/json", ...headers }, ...body });
  }

  /** Begins an upload. */
  async begin(size: number | null, more: object = {}, headers: WireRequest["headers"] = {}): Promise<string> {
    const { id, status } = await this.post("/uploads/initialize", { filename: "f.bin", size, ...more }, headers);
    if (id === undefined) throw new Error(`initialize answered ${status}`);
    return id;
  }

  /** Sends a run made of `variant`. */
  send(id: string, run: string, variant: Variant, size: number | null, headers: WireRequest["headers"] = {}) {
    return this.json(runRequest(id, run, variant, size, headers));
  }

  /** Sends a whole file in one request. */
  shoot(filename: string, body: Uint8Array, headers: WireRequest["headers"] = {}) {
    const leaves = Array.from({ length: countChunks(body.length) }, (_, i) =>
      sha256(body.subarray(chunkOffset(i + 1), chunkOffset(i + 2))),
    );
    const digests = leaves.length === 0 ? {} : { "chunk-digests": formatDigestList(leaves) };
    const target = `/uploads?filename=${encodeURIComponent(filename)}`;
    return this.json({ method: "POST", target, headers: { ...digests, ...headers }, body });
  }

  /** Sends a whole upload and finishes it. */
  async fill(size: number, variant: Variant = "a"): Promise<string> {
    const id = await this.begin(size);
    if (size > 0) await this.send(id, `1-${countChunks(size)}`, variant, size);
    const { status } = await this.post(`/uploads/${id}/finalize`, {});
    if (status !== 200) throw new Error(`finalize answered ${status}`);
    return id;
  }

  /** The rows that watchers are told of, as they stand in the ledger. */
  ledgerEvents(): LedgerEvent[] {
    return readLedgerEvents(join(this.folder, "data"));
  }

  /** Hash of every row of the ledger and of the names and sizes of all stored bytes: equal when nothing has changed. */
  async fingerprint(): Promise<string> {
    const state = createHash("sha256");
    const data = join(this.folder, "data");
    const ledger = openReader(join(data, "ledger.sqlite"), () => undefined);
    try {
      // What ended uploads leave behind goes in the background.
      while (ledger.all(awaitingRemoval).length > 0) await new Promise((resolve) => setImmediate(resolve));
      const tables = ledger.all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
      for (const { name } of tables) {
        for (const row of ledger.tuples<unknown[]>(`SELECT * FROM "${name}" ORDER BY 1, 2`)) {
          state.update(JSON.stringify([name, row.map((value) => (value instanceof Uint8Array ? [...value] : value))]));
        }
      }
    } finally {
      ledger.close();
    }
    for (const name of (await readdir(join(data, "blobs"), { recursive: true })).sort()) {
      const found = await stat(join(data, "blobs", name));
      if (found.isFile()) state.update(`${name} ${found.size}\n`);
    }
    return state.digest("hex");
  }
}
