import type { LiveEvent, LiveMessage, Subject, Upload } from "@hawser/protocol";
import { createBellRope } from "../../src/embedded/bell-rope.ts";
import type { Frame } from "../../src/http/live/frames.ts";
import { Hub } from "../../src/http/live/hub.ts";
import type { Sink, Watcher } from "../../src/http/live/watcher.ts";
import type { Bell, LiveFacts } from "../../src/ports/live.ts";
import { createStage, type Stage } from "./domain-stage.ts";

/**
 * Two ports between two threads, as far as order goes: what is asked is worked off in its order, the answers arrive in
 * theirs, bells too; but neither waits for the other. Each step is taken when a test says so.
 */
export class Ports {
  readonly #questions: (() => Promise<void>)[] = [];
  readonly #answers: (() => void)[] = [];
  readonly #bells: Bell[] = [];
  /** The most questions that ever waited. */
  peakQuestions = 0;

  call<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#questions.push(async () => {
        try {
          const result = structuredClone(await work());
          this.#answers.push(() => resolve(result));
        } catch (error) {
          this.#answers.push(() => reject(error));
        }
      });
      this.peakQuestions = Math.max(this.peakQuestions, this.#questions.length);
    });
  }

  ring(bell: Bell): void {
    this.#bells.push(structuredClone(bell));
  }

  get isIdle(): boolean {
    return this.#questions.length + this.#answers.length + this.#bells.length === 0;
  }

  async work(): Promise<void> {
    await this.#questions.shift()?.();
  }

  answer(): void {
    this.#answers.shift()?.();
  }

  deliverBell(hub: Hub): void {
    const bell = this.#bells.shift();
    if (bell !== undefined) hub.ring(bell);
  }
}

/** A watcher's other end: takes what comes, unless it is stuck. */
export class Viewer implements Sink {
  readonly messages: LiveMessage[] = [];
  readonly frames: Frame[] = [];
  readonly #waiting: LiveMessage[] = [];
  bufferedBytes = 0;
  /** The most that ever waited. */
  peakBytes = 0;
  isStuck = false;

  send(frame: Frame): void {
    this.frames.push(frame);
    this.#waiting.push(JSON.parse(frame.bytes.toString()) as LiveMessage);
    if (this.isStuck) this.bufferedBytes += frame.bytes.length;
    else this.messages.push(...this.#waiting.splice(0));
    this.peakBytes = Math.max(this.peakBytes, this.bufferedBytes);
  }

  resume(watcher: Watcher): void {
    this.messages.push(...this.#waiting.splice(0));
    this.isStuck = false;
    this.bufferedBytes = 0;
    watcher.drained();
  }

  /** The line is cut: what was on it is lost. */
  cut(): void {
    this.#waiting.length = 0;
    this.isStuck = false;
    this.bufferedBytes = 0;
  }

  /** All events, in the order in which they came. */
  get events(): LiveEvent[] {
    return this.messages.flatMap((message) => (message.type === "events" ? message.events : []));
  }

  get types(): string[] {
    return this.events.map(({ type }) => type);
  }

  /** What it would name to go on; null while it has nothing. */
  get seq(): number | null {
    const seqs = this.messages.flatMap((message) => ("seq" in message ? [message.seq] : []));
    return seqs.length === 0 ? null : Math.max(...seqs);
  }

  /** How the uploads stand, as far as it was told. */
  get standing(): Map<string, Pick<Upload, "receivedBytes" | "state">> {
    const uploads = new Map<string, Pick<Upload, "receivedBytes" | "state">>();
    for (const message of this.messages) {
      if (message.type === "uploads") for (const upload of message.uploads) uploads.set(upload.id, upload);
      if (message.type !== "events") continue;
      for (const event of message.events) {
        if ("upload" in event) uploads.set(event.id, event.upload);
        else if (event.type === "progress") {
          uploads.set(event.id, { state: "active", receivedBytes: event.receivedBytes });
        }
      }
    }
    return uploads;
  }

  clear(): void {
    this.messages.length = 0;
    this.frames.length = 0;
  }
}

export interface HubStage extends Stage {
  readonly hub: Hub;
  readonly ports: Ports;
  readonly unknownErrors: unknown[];
  /** How often the facts thread was asked, by method. */
  readonly asked: Record<keyof LiveFacts, number>;
  watch(viewer: Viewer, owner: string, subject: Subject, after?: number | null): Watcher;
  /** Lets everything that is under way between the threads arrive. */
  exchange(): Promise<void>;
}

/** The hub over a real domain, with the ports between them in a test's hands. */
export function createHubStage(): HubStage {
  const stage = createStage();
  const { domain, clock } = stage;
  const ports = new Ports();
  const pull = createBellRope(stage.bus, (bell) => ports.ring(bell));
  const asked = { eventsAfter: 0, snapshot: 0, setWatched: 0 };
  const count = <T>(method: keyof LiveFacts, work: () => Promise<T>) => {
    asked[method]++;
    return ports.call(work);
  };
  const facts: LiveFacts = {
    eventsAfter: (...args) => count("eventsAfter", () => domain.eventsAfter(...args)),
    snapshot: (...args) => count("snapshot", () => domain.snapshot(...args)),
    setWatched: (isWatched) =>
      count("setWatched", async () => {
        pull(isWatched);
        return (await domain.eventsAfter(Number.MAX_SAFE_INTEGER, 1)).seq;
      }),
  };
  const unknownErrors: unknown[] = [];
  const hub = new Hub(facts, clock, (error) => unknownErrors.push(error));
  return {
    ...stage,
    hub,
    ports,
    unknownErrors,
    asked,
    watch(viewer, owner, subject, after = null) {
      const watcher = hub.watch(owner, viewer);
      watcher.subscribe(subject, after);
      return watcher;
    },
    async exchange() {
      do {
        await stage.settle();
        await ports.work();
        ports.answer();
        ports.deliverBell(hub);
        await stage.settle();
      } while (!ports.isIdle);
    },
  };
}
