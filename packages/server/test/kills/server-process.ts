import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { Client, NoAnswerError } from "./client.ts";
import { listeningPattern, type Order, type Reply } from "./orders.ts";

/** A server that takes longer than this to start, to reply or to die hangs. */
const patienceMs = 60_000;

export interface StartOptions {
  readonly dataDir: string;
  readonly compileCache: string;
  /** Failpoint at which the server dies, already while it starts. */
  readonly killAt?: string;
  readonly clockAheadMs: number;
}

const living = new Map<ChildProcess, Promise<void>>();
let isOver = false;

/**
 * Ends, by their ids, all servers that are still there, and lets none start any more: a test that failed or took too
 * long may still be at it.
 */
export async function endServers(): Promise<void> {
  isOver = true;
  for (const child of living.keys()) child.kill("SIGKILL");
  await Promise.all(living.values());
}

/** One life of the server under test. */
export class ServerProcess {
  readonly dead: Promise<void>;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  /** What it said on standard error: nothing, unless it is broken. */
  #complaints = "";
  #output = "";
  #doomed: boolean;
  #client: Client | undefined;
  #port = 0;
  #isDead = false;
  #orders = 0;

  private constructor(child: ChildProcess, doomed: boolean) {
    this.#child = child;
    this.#doomed = doomed;
    child.stderr?.on("data", (text) => {
      this.#complaints += text;
    });
    child.on("message", (reply: Reply) => {
      this.#waiting.get(reply.number)?.(reply);
    });
    const complained = once(child.stderr as Readable, "close");
    this.dead = Promise.all([once(child, "exit"), complained]).then(() => {
      this.#isDead = true;
      living.delete(child);
      this.#client?.close();
    });
    living.set(child, this.dead);
  }

  /** Resolves when it listens, or died before that, as `killAt` may have wanted. */
  static async start({ dataDir, compileCache, killAt, clockAheadMs }: StartOptions): Promise<ServerProcess> {
    if (isOver) throw new Error("The suite is over.");
    const file = (name: string) => join(import.meta.dirname, name);
    const child = spawn(
      process.execPath,
      ["--conditions=@hawser/source", "--import", file("compile-cache.ts"), file("server-under-test.ts"), dataDir],
      {
        stdio: ["ignore", "pipe", "pipe", "ipc"],
        env: {
          ...process.env,
          NODE_NO_WARNINGS: "1",
          HAWSER_COMPILE_CACHE: compileCache,
          HAWSER_KILL_AT: killAt ?? "",
          HAWSER_CLOCK_AHEAD_MS: String(clockAheadMs),
        },
      },
    );
    const server = new ServerProcess(child, killAt !== undefined);
    const listening = new Promise<void>((resolve) => {
      child.stdout?.on("data", (text) => {
        server.#output += text;
        const url = listeningPattern.exec(server.#output)?.[1];
        if (url === undefined || server.#client !== undefined) return;
        server.#client = new Client(url);
        server.#port = Number(new URL(url).port);
        resolve();
      });
    });
    await server.#patiently("start", Promise.race([listening, server.dead]));
    if (server.#isDead) server.#checkDeath();
    return server;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Only once it listens. */
  get client(): Client {
    return this.#client as Client;
  }

  /** Only once it listens. */
  get port(): number {
    return this.#port;
  }

  kill(): void {
    this.#doomed = true;
    this.#child.kill("SIGKILL");
  }

  /** Lets go of it: it closes in good order and ends by itself. */
  async stop(): Promise<void> {
    this.#doomed = true;
    if (this.#child.connected) this.#child.disconnect();
    await this.#patiently("stop", this.dead);
  }

  /**
   * Resolves when both threads have obeyed.
   * @throws NoAnswerError when it died before
   */
  async order(order: Omit<Order, "number">): Promise<Reply> {
    const number = ++this.#orders;
    this.#doomed ||= (order.killAt ?? "") !== "";
    const { promise, resolve } = Promise.withResolvers<Reply>();
    this.#waiting.set(number, resolve);
    if (this.#child.connected) this.#child.send({ ...order, number } satisfies Order, () => undefined);
    const reply = await this.#patiently("obey", Promise.race([promise, this.dead]));
    this.#waiting.delete(number);
    if (reply === undefined) throw new NoAnswerError("the server died before it obeyed");
    return reply;
  }

  /** Waits for the death that a request without an answer tells of, and checks that it was a death by design. */
  async untilDead(): Promise<void> {
    await this.#patiently("die", this.dead);
    this.#checkDeath();
  }

  /** @throws when the server complained, or ended otherwise than by a kill that was asked for */
  #checkDeath(): void {
    const { exitCode, signalCode } = this.#child;
    if (this.#complaints !== "") throw new Error(`The server complained:\n${this.#complaints}`);
    if (!this.#doomed || signalCode !== "SIGKILL") {
      throw new Error(`The server ended by itself, with ${exitCode ?? signalCode}.\n${this.#output}`);
    }
  }

  async #patiently<T>(what: string, work: Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      reject(new Error(`The server did not ${what} within ${patienceMs} ms.\n${this.#complaints}`));
    }, patienceMs);
    try {
      return await Promise.race([work, promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}
