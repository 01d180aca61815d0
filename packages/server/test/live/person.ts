import type { LiveMessage, Subject } from "@hawser/protocol";
import { expect } from "vitest";
import type { LedgerEvent } from "../support/live-server.ts";
import type { WatchClient } from "../support/watch-client.ts";

/** Somebody who watches one subject over any number of connections, and goes on where the last one ended. */
export class Person {
  readonly subject: Subject;
  readonly messages: LiveMessage[] = [];
  /** Connections so far. */
  connections = 0;
  readonly #open: () => Promise<WatchClient>;
  #client: WatchClient | undefined;
  #change = Promise.withResolvers<void>();
  #isGone = false;
  #seq: number | null = null;
  readonly #running: Promise<void>;

  /** @param open makes a connection; a failure means that there is none now, and it tries again */
  constructor(subject: Subject, open: () => Promise<WatchClient>) {
    this.subject = subject;
    this.#open = open;
    this.#running = this.#run();
  }

  /** Resolves when everything up to this number was told. */
  async untilTold(seq: number): Promise<void> {
    while ((this.#seq ?? -1) < seq) await this.#change.promise;
  }

  /** Resolves when it is connected and was shown how things stand. */
  async untilShown(): Promise<void> {
    while (!this.messages.some((message) => message.type === "uploads" && message.isLast)) await this.#change.promise;
  }

  async leave(): Promise<void> {
    this.#isGone = true;
    this.#client?.cut();
    await this.#running;
  }

  /** Holds what it was told against the ledger: each row since it came, once, in order. */
  expectAll(rows: readonly LedgerEvent[]): void {
    const [first] = this.messages;
    const from = first?.type === "uploads" ? first.seq : 0;
    const expected = rows.filter((row) => row.seq > from && this.#isAbout(row)).flatMap(tellingsOf);
    const told = this.messages.flatMap((message) =>
      message.type === "events"
        ? message.events.flatMap((event) => ("seq" in event ? [`${event.seq} ${event.type} ${event.id}`] : []))
        : [],
    );
    expect(told).toEqual(expected);
  }

  #isAbout({ id, bundleId }: LedgerEvent): boolean {
    return this.subject === "uploads" || this.subject === `upload:${id}` || this.subject === `bundle:${bundleId}`;
  }

  async #run(): Promise<void> {
    while (!this.#isGone) {
      try {
        this.#client = await this.#open();
      } catch {
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      this.connections++;
      if (this.#isGone) this.#client.cut();
      const client = this.#client;
      client.socket.on("message", () => this.#take(client));
      client.subscribe(this.subject, this.#seq ?? undefined);
      await client.closed;
      this.#take(client);
    }
  }

  #take(client: WatchClient): void {
    for (const message of client.messages.splice(0)) {
      this.messages.push(message);
      if ("seq" in message) this.#seq = Math.max(this.#seq ?? 0, message.seq);
    }
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}

/** What a row is told as. */
function tellingsOf({ seq, kind, id }: LedgerEvent): string[] {
  const types = kind === "completed" ? ["validation_complete", kind] : [kind === "reactivated" ? "failed" : kind];
  return types.map((type) => `${seq} ${type} ${id}`);
}
