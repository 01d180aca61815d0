import fc from "fast-check";
import { expect, test } from "vitest";
import { streamSource } from "../src/source/stream.ts";
import { hasEnded } from "../src/state.ts";
import { type Fault, MemorySource, patternBytes } from "../src/testing/index.ts";
import type { UploadHandle } from "../src/uploader-api.ts";
import { inPieces, isExact, isHeld, mib, Stage } from "./stage.ts";

type Step =
  | { readonly do: "add"; readonly size: number; readonly kind: "file" | "stream" | "lost" }
  | { readonly do: "pause" | "resume" | "cancel" | "supply" | "edit"; readonly which: number }
  | { readonly do: "online" | "offline" | "down" | "up" | "wipe" | "restart" }
  | { readonly do: "advance"; readonly ms: number };

const sizes = fc.constantFrom(0, 1, 5_000, mib, mib + 1, 2 * mib, 3 * mib - 1, 4 * mib);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("add" as const),
      size: sizes,
      kind: fc.constantFrom("file" as const, "file" as const, "stream" as const, "lost" as const),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom("pause", "resume", "cancel", "supply", "edit"), which: fc.nat(5) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom("online", "offline", "down", "up", "wipe", "restart") }),
  },
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.constantFrom(1, 10, 35, 200, 3_000, 60_000) }),
  },
);

const fault: fc.Arbitrary<Fault | undefined> = fc.oneof(
  { weight: 12, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom<Fault>({ kind: "lose-request" }, { kind: "lose-answer" }, { kind: "hang" }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut" as const), afterBytes: fc.nat(2 * mib) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("flip" as const), byte: fc.nat(mib) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("answer" as const),
      status: fc.constantFrom(401, 409, 423, 429, 500, 503),
    }),
  },
);

interface Known {
  readonly name: string;
  /** What the source holds, by version: an edited one may go as it was or be told, never as a mixture. */
  readonly versions: Uint8Array[];
  readonly source: MemorySource | null;
}

/** One walk: a client, its journal, its files, and a server that all may go wrong. */
class Walk {
  readonly stage: Stage;
  readonly #known = new Map<string, Known>();
  #count = 0;

  constructor(faults: readonly (Fault | undefined)[]) {
    let turn = 0;
    this.stage = new Stage(
      { maxLanes: 2, maxActive: 2, budgetBytes: 3 * mib, maxAttempts: 3, refresh: async () => undefined },
      { latencyMs: 9, fault: () => faults[turn++] },
    );
  }

  async take(step: Step): Promise<void> {
    const { stage } = this;
    switch (step.do) {
      case "add":
        return this.#add(step.size, step.kind);
      case "pause":
      case "resume":
      case "cancel":
        return this.#handle(step.which)?.[step.do]();
      case "supply":
        return this.#supply(this.#handle(step.which));
      case "edit":
        return this.#edit(this.#handle(step.which));
      case "online":
      case "offline":
        return stage.platform.setOnline(step.do === "online");
      case "down":
      case "up":
        stage.server.isDown = step.do === "down";
        return;
      case "wipe":
        return this.#wipe();
      case "restart":
        return stage.restart();
      case "advance":
        return stage.platform.advance(step.ms);
    }
  }

  /** All trouble ends; whoever waits for a person gets one. Then every upload has to end. */
  async finish(): Promise<void> {
    const { stage } = this;
    stage.server.fault = null;
    stage.server.isDown = false;
    stage.platform.setOnline(true);
    for (let round = 0; round < 5; round++) {
      for (const upload of stage.uploader.uploads) await this.#supply(upload);
      stage.uploader.resumeAll();
      await stage.platform.runUntil(() =>
        stage.uploader.uploads.every((upload) => hasEnded(upload.state) || isHeld(upload)),
      );
    }
  }

  check(): void {
    const { uploads } = this.stage.uploader;
    for (const { state } of uploads) {
      const { versions } = this.#known.get(state.name) as Known;
      if (state.status === "completed") {
        const stored = this.stage.server.store.bytesOf(state.file.id);
        expect([state.name, versions.some((bytes) => isExact(stored, bytes))]).toEqual([state.name, true]);
      } else if (state.status === "failed") {
        expect(["source_changed", "not_found", "gone"]).toContain(state.error.code);
      } else if (state.status !== "cancelled") {
        // A stream ends with its process: nobody can give its bytes again.
        expect([state.status, state.name.split("-")[0]]).toEqual(["needs-source", "stream"]);
      }
    }
    for (const upload of this.stage.server.store.completed) {
      const { versions } = this.#known.get(upload.request.filename) as Known;
      expect(versions.some((bytes) => isExact(this.stage.server.store.bytesOf(upload.id), bytes))).toBe(true);
    }
    const owed = uploads.filter(({ state }) => state.status === "failed" || state.status === "needs-source");
    expect([...this.stage.journal.records.keys()].sort()).toEqual(owed.map(({ id }) => id).sort());
  }

  #handle(which: number): UploadHandle | undefined {
    const { uploads } = this.stage.uploader;
    return uploads[which % Math.max(1, uploads.length)];
  }

  #add(size: number, kind: "file" | "stream" | "lost"): void {
    const name = `${kind}-${++this.#count}`;
    const bytes = patternBytes(size, this.#count);
    if (kind === "stream") {
      this.#known.set(name, { name, versions: [bytes], source: null });
      this.stage.uploader.add(streamSource(inPieces(bytes, 400_000), { name }));
      return;
    }
    const source = new MemorySource(bytes, { name }, kind === "file" ? { kind: "path", path: name } : null);
    this.#known.set(name, { name, versions: [bytes], source });
    // Each life opens the file as it is then.
    this.stage.files.set(
      name,
      () => new MemorySource(source.bytes, { name, lastModified: source.lastModified }, source.origin),
    );
    this.stage.uploader.add(source);
  }

  async #supply(upload: UploadHandle | undefined): Promise<void> {
    if (upload?.state.status !== "needs-source") return;
    const known = this.#known.get(upload.state.name);
    if (!known?.source) return;
    await upload.supply(new MemorySource(known.versions[0] as Uint8Array, { name: known.name })).catch(() => undefined);
  }

  /** The file changes on disk: in a few bytes, and its time with it. */
  #edit(upload: UploadHandle | undefined): void {
    const known = this.#known.get(upload?.state.name ?? "");
    if (!known?.source || known.source.bytes.length === 0) return;
    known.source.bytes = known.source.bytes.with(0, known.source.bytes[0] === 7 ? 8 : 7);
    known.source.lastModified = `2026-02-01T00:00:00.${String(known.versions.length).padStart(3, "0")}Z`;
    known.versions.push(known.source.bytes);
  }

  /** The server loses what is not finished; its files stay. */
  #wipe(): void {
    const { uploads } = this.stage.server.store;
    for (const [id, { state }] of uploads) if (state !== "completed") uploads.delete(id);
  }
}

test("[S18] [R8] whatever happens in whatever order, each file is exact or its state says why not", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 40 }),
      fc.array(fault, { maxLength: 120 }),
      async (steps, faults) => {
        const walk = new Walk(faults);
        for (const next of steps) await walk.take(next);
        await walk.finish();
        walk.check();
        await walk.stage.uploader.close();
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);
