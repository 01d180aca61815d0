import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, NoAnswerError } from "./client.ts";
import { checkUpload, type ExpectedUpload } from "./expected-upload.ts";
import type { Order, Reply } from "./orders.ts";
import { endServers, ServerProcess } from "./server-process.ts";

const atStart = "start ";

/**
 * Keeps a server alive over its deaths and knows, in its own memory, what it acknowledged. Each start of the server
 * is followed by a check of all that.
 */
export class Driver {
  readonly dataDir: string;
  /** What the server is held against after each death. */
  readonly uploads = new Set<ExpectedUpload>();
  /**
   * Where the server shall die next, and then next: `NAME:COUNT`, counted from when it listens, or `start NAME:COUNT`,
   * counted from its start.
   */
  readonly #kills: string[] = [];
  /** How often the server died. */
  deaths = 0;
  readonly #compileCache: string;
  readonly #downloads: boolean;
  #clockAheadMs = 0;
  #server: ServerProcess | undefined;
  /** The server that was told where to die. */
  #armed: ServerProcess | undefined;
  #starting: Promise<ServerProcess> | undefined;

  /** `downloads`: whether the check after a death compares completed files byte by byte. */
  constructor(workshop: Workshop, name: string, downloads: boolean) {
    this.dataDir = join(workshop.path, name);
    this.#compileCache = workshop.compileCache;
    this.#downloads = downloads;
  }

  get blobs(): string {
    return join(this.dataDir, "blobs");
  }

  /** A living server, which was found to hold all that was acknowledged. */
  async server(): Promise<ServerProcess> {
    if (this.#server !== undefined && !this.#server.isDead) return this.#server;
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  /**
   * Does one thing until it was answered: when the server dies in the middle, on the next one again. `again` tells
   * that an earlier try may have had its effect.
   */
  async step<T>(work: (client: Client, again: boolean) => Promise<T>): Promise<T> {
    for (let again = false; ; again = true) {
      const server = await this.server();
      try {
        return await work(server.client, again);
      } catch (error) {
        if (!(error instanceof NoAnswerError)) throw error;
        await server.untilDead();
      }
    }
  }

  /** Makes the server die at these failpoints, one after the other. */
  async plan(kills: readonly string[]): Promise<void> {
    this.#kills.push(...kills);
    await this.step(async () => this.#arm(await this.server()));
  }

  /** Makes the start after the next death end at this failpoint (`NAME:COUNT`). */
  killNextStart(failpoint: string): void {
    this.#kills.push(`${atStart}${failpoint}`);
  }

  /** Kills the server now, if there is a living one. */
  kill(): void {
    this.#server?.kill();
  }

  /** Gives an order to whichever server lives. */
  async order(order: Omit<Order, "number">): Promise<Reply> {
    const reply = await this.step(async () => (await this.server()).order(order));
    this.#clockAheadMs += order.passMs ?? 0;
    return reply;
  }

  /** Holds the living server against all that was acknowledged. */
  async check(client: Client, downloads: boolean): Promise<void> {
    for (const upload of this.uploads) await checkUpload(upload, { client, blobs: this.blobs, downloads });
  }

  /** Ids that have bytes in the blob store, by the disk's own word. */
  async storedIds(): Promise<string[]> {
    const entries = await readdir(this.blobs, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  }

  /** Kills the server a last time, which tells whether it ever complained, and removes what it kept. */
  async end(): Promise<void> {
    const server = await this.server();
    server.kill();
    await server.untilDead();
    await rm(this.dataDir, { recursive: true });
  }

  /** Arms the next kill, where a start does not. */
  async #arm(server: ServerProcess): Promise<void> {
    const killAt = this.#kills[0];
    if (killAt === undefined || killAt.startsWith(atStart) || this.#armed === server) return;
    this.#armed = server;
    this.#kills.shift();
    await server.order({ killAt });
  }

  async #start(): Promise<ServerProcess> {
    for (;;) {
      if (this.#server !== undefined) {
        await this.#server.untilDead();
        this.deaths++;
      }
      const isDoomed = this.#kills[0]?.startsWith(atStart) ?? false;
      const server = await ServerProcess.start({
        dataDir: this.dataDir,
        compileCache: this.#compileCache,
        clockAheadMs: this.#clockAheadMs,
        ...(isDoomed ? { killAt: this.#kills.shift()?.slice(atStart.length) as string } : {}),
      });
      this.#server = server;
      try {
        if (!server.isDead) await this.check(server.client, this.#downloads);
        if (!isDoomed) await this.#arm(server);
      } catch (error) {
        if (!(error instanceof NoAnswerError)) throw error;
        await server.untilDead();
      }
      if (!server.isDead) return server;
    }
  }
}

/** A temporary folder for the data folders of some drivers, and what their servers share. */
export class Workshop {
  readonly path: string;
  readonly compileCache: string;

  private constructor(path: string) {
    this.path = path;
    this.compileCache = join(path, "compile-cache");
  }

  static async open(): Promise<Workshop> {
    const workshop = new Workshop(await mkdtemp(join(tmpdir(), "hawser-kills-")));
    await mkdir(workshop.compileCache);
    // Only a process that ends in good order leaves behind what it compiled.
    const dataDir = join(workshop.path, "first");
    try {
      const first = await ServerProcess.start({ dataDir, compileCache: workshop.compileCache, clockAheadMs: 0 });
      await first.stop();
    } catch (error) {
      await workshop.close();
      throw error;
    }
    return workshop;
  }

  /** Ends every server and removes everything. */
  async close(): Promise<void> {
    await endServers();
    await rm(this.path, { recursive: true, maxRetries: 5 });
  }
}
