import { randomInt } from "node:crypto";
import type { Subject } from "@hawser/protocol";
import { expect, test } from "vitest";
import { pick, type Random, randomIndex, seededRandom } from "../../../test/simulation/random.ts";
import { mebibyte } from "../../../test/support/domain-stage.ts";
import { createHubStage, type HubStage, Viewer } from "../../../test/support/hub-stage.ts";
import type { Watcher } from "./watcher.ts";

const size = 3 * mebibyte;
const owners = ["anna", "bert"] as const;

/** Somebody who watches one subject, over any number of connections. */
interface Person {
  readonly owner: string;
  readonly subject: Subject;
  readonly viewer: Viewer;
  /** Where it began; null: with how things stood. */
  readonly after: number | null;
  watcher: Watcher;
}

class World {
  readonly stage: HubStage = createHubStage();
  readonly people: Person[] = [];
  readonly #random: Random;
  readonly #ids: { readonly id: string; readonly owner: string; chunk: number }[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  async step(): Promise<void> {
    const { stage } = this;
    const acts: readonly (() => unknown)[] = [
      () => this.#begin(),
      () => this.#change(),
      () => this.#change(),
      () => this.#arrive(),
      () => this.#comeAgain(),
      () => this.#sulk(),
      () => stage.clock.advance(randomIndex(this.#random, 60)),
      ...[1, 2, 3].flatMap(() => [
        () => stage.ports.work(),
        () => stage.ports.answer(),
        () => stage.ports.deliverBell(stage.hub),
      ]),
    ];
    await pick(this.#random, acts)();
    if (randomIndex(this.#random, 2) === 0) await stage.settle();
  }

  /** Everybody takes what comes, and all that is under way arrives. */
  async calm(): Promise<void> {
    for (const { viewer, watcher } of this.people) viewer.resume(watcher);
    await this.stage.exchange();
    this.stage.clock.advance(1_000);
    await this.stage.exchange();
  }

  async check(): Promise<void> {
    const { domain } = this.stage;
    for (const { owner, subject, viewer, after } of this.people) {
      const isKnown = !viewer.messages.some(({ type }) => type === "refused");
      expect(isKnown, `${owner} ${subject}`).toBe(true);
      const first = viewer.messages[0];
      const from = after ?? (first !== undefined && "seq" in first ? first.seq : 0);
      const { happenings } = await domain.eventsAfter(from, 10_000, { owner, subject });
      const expected = happenings.flatMap(({ events }) => events.map(({ seq, type }) => `${seq} ${type}`));
      const told = viewer.events.flatMap((event) => ("seq" in event ? [`${event.seq} ${event.type}`] : []));
      expect(told, `${owner} ${subject} from ${from}`).toEqual(expected);
      expectInOrder(viewer);
      const { standing } = viewer;
      for (const upload of (await domain.snapshot({ owner, subject }, null)).uploads) {
        const { receivedBytes, state } = upload;
        expect(standing.get(upload.id), `${owner} ${subject}`).toMatchObject({ receivedBytes, state });
      }
    }
  }

  async #begin(): Promise<void> {
    const owner = pick(this.#random, owners);
    const bundle = randomIndex(this.#random, 2) === 0 ? {} : { bundle: { id: "trip", position: 0 } };
    const { response } = await this.stage.domain.initialize(owner, { filename: "a", size, ...bundle }, null);
    this.#ids.push({ id: response.id, owner, chunk: 0 });
  }

  async #change(): Promise<void> {
    const { domain } = this.stage;
    const upload = this.#ids[randomIndex(this.#random, this.#ids.length || 1)];
    if (upload === undefined) return;
    const { id, owner } = upload;
    if (randomIndex(this.#random, 8) === 0) await domain.cancel(owner, id).catch(() => undefined);
    else if (upload.chunk === 3) await domain.finalize(owner, id, {}).catch(() => undefined);
    else {
      const chunk = ++upload.chunk;
      const run = { ...this.stage.run(id, chunk, chunk, size), owner };
      const admission = await domain.admitRun(run).catch(() => undefined);
      if (admission === undefined) return;
      const digest = run.digests?.[0] as Uint8Array;
      await domain.commit([{ kind: "chunk", key: admission.key, chunk, sizeBytes: mebibyte, digest }]);
    }
  }

  #arrive(): void {
    if (this.people.length >= 8) return;
    const upload = this.#ids[randomIndex(this.#random, this.#ids.length || 1)];
    const owner = upload?.owner ?? "anna";
    const subjects: Subject[] = ["uploads", "bundle:trip"];
    if (upload !== undefined) subjects.push(`upload:${upload.id}`);
    const subject = pick(this.#random, subjects);
    const viewer = new Viewer();
    const after = randomIndex(this.#random, 2) === 0 ? null : randomIndex(this.#random, this.stage.hub.position + 1);
    this.people.push({ owner, subject, viewer, after, watcher: this.stage.watch(viewer, owner, subject, after) });
  }

  /** The line breaks, and the same person comes with the last number that it got. */
  async #comeAgain(): Promise<void> {
    const person = this.people[randomIndex(this.#random, this.people.length || 1)];
    if (person === undefined) return;
    void person.watcher.close();
    person.viewer.cut();
    const { owner, subject, viewer, after } = person;
    person.watcher = this.stage.watch(viewer, owner, subject, viewer.seq ?? after);
  }

  /** Takes nothing, or takes all again. */
  #sulk(): void {
    const person = this.people[randomIndex(this.#random, this.people.length || 1)];
    if (person === undefined) return;
    if (person.viewer.isStuck) person.viewer.resume(person.watcher);
    else {
      person.viewer.isStuck = true;
      person.viewer.bufferedBytes = 10_000_000;
    }
  }
}

/** Bytes are told neither before their upload is, nor after its end. */
function expectInOrder({ events }: Viewer): void {
  const ended = new Set<string>();
  const bytesTold = new Set<string>();
  for (const { type, id } of events) {
    if (type === "created") expect(bytesTold.has(id)).toBe(false);
    else if (type === "completed" || type === "cancelled") ended.add(id);
    else if (type === "progress") {
      expect(ended.has(id)).toBe(false);
      bytesTold.add(id);
    }
  }
}

const rounds = 60;
const given = process.env.HAWSER_LIVE_SEED;

test("[S7] whatever comes late, breaks or is slow: each change is told once, in order, and the last progress too", async () => {
  const seeds = given === undefined ? Array.from({ length: rounds }, () => randomInt(2 ** 31)) : [Number(given)];
  for (const seed of seeds) {
    const world = new World(seededRandom(seed));
    try {
      for (let n = 0; n < 300; n++) await world.step();
      await world.calm();
      await world.check();
      expect(world.stage.unknownErrors).toEqual([]);
    } catch (error) {
      throw new Error(`Replay with HAWSER_LIVE_SEED=${seed}`, { cause: error });
    }
  }
});
