import fc from "fast-check";
import { expect, test } from "vitest";
import { hasEnded } from "../src/state.ts";
import { MemorySource, patternBytes } from "../src/testing/index.ts";
import type { UploadHandle } from "../src/uploader-api.ts";
import { isExact, isHeld, mib } from "./stage.ts";
import { type StagedTab, TabStage } from "./tab-stage.ts";

const slots = 3;

type Step =
  | { readonly do: "open" | "close" | "kill" | "freeze" | "thaw" | "away" | "back"; readonly tab: number }
  | { readonly do: "add"; readonly tab: number; readonly size: number; readonly isFile: boolean }
  | { readonly do: "pause" | "resume" | "cancel" | "supply"; readonly tab: number; readonly which: number }
  | { readonly do: "advance"; readonly ms: number };

const tab = fc.nat(slots - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("open" as const), tab }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom("close", "kill", "freeze", "thaw", "away", "back"), tab }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("add" as const),
      tab,
      size: fc.constantFrom(0, 5_000, mib, 2 * mib, 5 * mib),
      isFile: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("pause", "resume", "cancel", "supply"),
      tab,
      which: fc.nat(4),
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constant("advance" as const),
      ms: fc.constantFrom(1, 100, 250, 700, 3_000, 9_000, 30_000),
    }),
  },
);

type Condition = "awake" | "frozen" | "away";

/** One walk: up to three tabs, which come and go in every way that there is. */
class Walk {
  readonly stage: TabStage;
  readonly #tabs: ({ tab: StagedTab; is: Condition } | null)[] = Array.from({ length: slots }, () => null);
  readonly #bytes = new Map<string, Uint8Array>();
  readonly #cancelled = new Set<string>();
  /** Names that stood in the journal: what was added just before a kill may be lost with its tab. */
  readonly #journaled = new Set<string>();
  #count = 0;

  constructor(randoms: readonly number[]) {
    let turn = 0;
    const random = () => randoms[turn++ % randoms.length] ?? 0.5;
    this.stage = new TabStage({ maxLanes: 2, maxActive: 2, budgetBytes: 8 * mib }, { latencyMs: 120 }, random);
  }

  async take(step: Step): Promise<void> {
    await this.#take(step);
    for (const { record } of this.stage.memory.kept) this.#journaled.add(record.source.name);
  }

  async #take(step: Step): Promise<void> {
    const { platform } = this.stage;
    if (step.do === "advance") return platform.advance(step.ms);
    const slot = this.#tabs[step.tab];
    if (step.do === "open") {
      if (!slot) this.#tabs[step.tab] = { tab: await this.stage.open(), is: "awake" };
      return;
    }
    if (!slot) return;
    const { page, uploader } = slot.tab;
    switch (step.do) {
      case "kill":
        page.kill();
        this.#tabs[step.tab] = null;
        break;
      case "thaw":
        if (slot.is === "frozen") page.thaw();
        if (slot.is === "frozen") slot.is = "awake";
        break;
      case "back":
        if (slot.is === "away") page.bringBack();
        if (slot.is === "away") slot.is = "awake";
        break;
    }
    if (slot.is !== "awake") return;
    switch (step.do) {
      case "close":
        this.#tabs[step.tab] = null;
        await this.stage.settled(uploader.close());
        break;
      case "freeze":
        page.freeze();
        slot.is = "frozen";
        break;
      case "away":
        page.putAway();
        slot.is = "away";
        break;
      case "add":
        this.#add(slot.tab, step.size, step.isFile);
        break;
      case "pause":
      case "resume":
      case "cancel":
      case "supply":
        await this.#ask(uploader.uploads[step.which % Math.max(1, uploader.uploads.length)], step.do);
    }
    await platform.settle();
  }

  /** Everybody wakes up, a person gives what is needed, and all has to end. */
  async finish(): Promise<void> {
    for (const slot of this.#tabs) {
      if (slot?.is === "frozen") slot.tab.page.thaw();
      if (slot?.is === "away") slot.tab.page.bringBack();
    }
    this.#tabs[0] ??= { tab: await this.stage.open(), is: "awake" };
    await this.stage.platform.advance(30_000);
    for (let round = 0; round < 4; round++) {
      const [{ uploader }] = this.#open() as [StagedTab];
      for (const upload of uploader.uploads) await this.#ask(upload, "supply");
      uploader.resumeAll();
      await this.stage.platform.advance(1_000);
      const isOver = (upload: UploadHandle) => hasEnded(upload.state) || isHeld(upload);
      await this.stage.platform.runUntil(
        () => this.#open().every((each) => each.uploader.uploads.every(isOver)),
        600_000,
      );
    }
  }

  check(): void {
    const { server, memory, wrongs } = this.stage;
    console.log(
      JSON.stringify(
        this.#open().map(({ holder, uploader }) => [
          holder,
          uploader.uploads.map((u) => u.state),
          uploader.trace().slice(-12),
        ]),
      ),
      JSON.stringify(memory.kept.map((k) => [k.holder, k.record.priority])),
    );
    expect(wrongs).toEqual([]);
    expect(memory.kept.map(({ record }) => record.source.name)).toEqual([]);
    for (const [name, bytes] of this.#bytes) {
      const files = server.store.completed.filter(({ request }) => request.filename === name);
      const mayBeMissing = this.#cancelled.has(name) || !this.#journaled.has(name);
      const isEnded = files.length === 1 || (files.length === 0 && mayBeMissing);
      expect([name, files.length, isEnded]).toEqual([name, files.length, true]);
      for (const { id } of files) expect(isExact(server.store.bytesOf(id), bytes)).toBe(true);
    }
    // What has not ended is nowhere: a tab that shows it so would show it for ever.
    for (const { uploader } of this.#open()) {
      expect(uploader.uploads.filter(({ state }) => !hasEnded(state)).map(({ state }) => state)).toEqual([]);
    }
  }

  #open(): StagedTab[] {
    return this.#tabs.flatMap((slot) => slot?.tab ?? []);
  }

  #add({ uploader }: StagedTab, size: number, isFile: boolean): void {
    const name = `${isFile ? "file" : "blob"}-${++this.#count}`;
    const bytes = patternBytes(size, this.#count);
    this.#bytes.set(name, bytes);
    const make = () => new MemorySource(bytes, { name }, isFile ? { kind: "path", path: name } : null);
    if (isFile) this.stage.files.set(name, make);
    uploader.add(make()).done.catch(() => undefined);
  }

  async #ask(upload: UploadHandle | undefined, what: "pause" | "resume" | "cancel" | "supply"): Promise<void> {
    if (upload === undefined) return;
    const { name } = upload.state;
    if (what === "supply") {
      if (upload.state.status !== "needs-source") return;
      const source = new MemorySource(this.#bytes.get(name) as Uint8Array, { name });
      await this.stage.settled(upload.supply(source).catch(() => undefined));
    } else {
      if (what === "cancel") this.#cancelled.add(name);
      upload[what]();
    }
  }
}

test("[X4] [R8] whatever tabs do in whatever order, each file arrives once, and only its carrier sends it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 8, maxLength: 45 }),
      fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 3, maxLength: 12 }),
      async (steps, randoms) => {
        const walk = new Walk(randoms);
        await walk.take({ do: "open", tab: 0 });
        for (const next of steps) await walk.take(next);
        await walk.finish();
        walk.check();
      },
    ),
    {
      numRuns: 60,
    },
  );
}, 120_000);
