import { HawserError, type Priority } from "@hawser/protocol";
import { expect, test } from "vitest";
import { blobSource } from "../source/blob.ts";
import type { SourceOrigin } from "../source/source.ts";
import { Copying } from "./copying.ts";
import type { Spool, ToCopy } from "./spool.ts";

const smallBytes = 10;

/** Copies in memory, which fail where a test wants it. */
class MemorySpool implements Spool {
  readonly maxCopyBytes: number;
  readonly copies = new Map<string, number>();
  /** What was copied in one go, by the size of each. */
  readonly batches: number[][] = [];
  fail: ((copies: readonly ToCopy[]) => unknown) | null = null;
  gate: Promise<void> = Promise.resolve();

  constructor(maxCopyBytes: number) {
    this.maxCopyBytes = maxCopyBytes;
  }

  async list() {
    return [];
  }
  async copy(copies: readonly ToCopy[]) {
    this.batches.push(copies.map(({ blob }) => blob.size));
    await this.gate;
    const error = this.fail?.(copies);
    if (error) throw error;
    for (const { spoolId, blob } of copies) this.copies.set(spoolId, blob.size);
  }
  async open() {
    return null;
  }
  async remove(spoolId: string) {
    this.copies.delete(spoolId);
  }
  async close() {}
}

class Stage {
  readonly small = new MemorySpool(smallBytes);
  readonly large = new MemorySpool(Number.POSITIVE_INFINITY);
  readonly troubles: HawserError[] = [];
  readonly saved: string[] = [];
  limitBytes = 1_000;
  spoolBytes = 0;
  #ids = 0;
  readonly copying = new Copying({
    spools: [this.small, this.large],
    createId: () => `${++this.#ids}`,
    limitBytes: async () => this.limitBytes,
    onBytes: (spoolBytes) => {
      this.spoolBytes = spoolBytes;
    },
    onTrouble: (error) => this.troubles.push(error),
  });

  add(id: string, size: number, priority: Priority = "normal", save?: () => Promise<void>): AbortController {
    const stop = new AbortController();
    this.copying.add({
      id,
      source: blobSource(new Blob([new Uint8Array(size)])),
      priority,
      journaled: Promise.resolve(),
      signal: stop.signal,
      save: async (origin: SourceOrigin) => {
        await save?.();
        this.saved.push(origin.kind === "spool" ? origin.spoolId : origin.kind);
      },
    });
    return stop;
  }

  settle(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}

test("[R8] one after the other, in the order in which they travel; small ones together", async () => {
  const stage = new Stage();
  stage.add("low", 20, "low");
  for (const id of ["a", "b"]) stage.add(id, 5);
  stage.add("c", 30);
  stage.add("d", 6);
  stage.add("high", 40, "high");
  await stage.settle();
  expect(stage.large.batches).toEqual([[40], [30], [20]]);
  expect(stage.small.batches).toEqual([[5, 5], [6]]);
  expect(stage.saved).toEqual(["high.1", "a.2", "b.3", "c.4", "d.5", "low.6"]);
  expect(stage.spoolBytes).toBe(106);
});

test("[R8] what does not fit within the limit is passed over, and is no trouble", async () => {
  const stage = new Stage();
  stage.limitBytes = 50;
  for (const [id, size] of [["a", 30] as const, ["b", 30] as const, ["c", 20] as const]) stage.add(id, size);
  await stage.settle();
  expect([stage.saved, stage.spoolBytes, stage.troubles]).toEqual([["a.1", "c.3"], 50, []]);
  await stage.copying.dropped("a.1");
  expect(stage.spoolBytes).toBe(20);
  expect([...stage.large.copies.keys()]).toEqual(["c.3"]);
});

test("[R8] a full storage is told, and the next one is tried", async () => {
  const stage = new Stage();
  stage.large.fail = (copies) => copies[0]?.blob.size === 30 && new HawserError("storage_full");
  stage.add("a", 30);
  stage.add("b", 20);
  await stage.settle();
  expect(stage.troubles).toMatchObject([{ code: "storage_full" }]);
  expect([stage.saved, stage.spoolBytes]).toEqual([["b.2"], 20]);
});

test("[R8] a small file that cannot be read costs the others of its batch nothing", async () => {
  const stage = new Stage();
  stage.small.fail = (copies) => copies.some(({ blob }) => blob.size === 3) && new HawserError("source_unreadable");
  for (const size of [1, 3, 2]) stage.add(`size-${size}`, size);
  await stage.settle();
  expect(stage.saved.map((id) => id.split(".")[0])).toEqual(["size-1", "size-2"]);
  expect(stage.troubles).toEqual([]);
});

test("[R8] what is over before its turn is not copied, and what is over meanwhile leaves nothing", async () => {
  const stage = new Stage();
  const gate = Promise.withResolvers<void>();
  stage.large.gate = gate.promise;
  const first = stage.add("first", 20);
  const second = stage.add("second", 20);
  stage.add("third", 20);
  await stage.settle();
  second.abort();
  first.abort();
  gate.resolve();
  await stage.settle();
  expect([stage.saved, stage.spoolBytes]).toEqual([["third.2"], 20]);
  expect([...stage.large.copies.keys()]).toEqual(["third.2"]);
});

test("[X4] a copy of an upload that another tab took over goes again", async () => {
  const stage = new Stage();
  stage.add("taken", 20, "normal", async () => {
    throw new HawserError("taken_over");
  });
  await stage.settle();
  expect([stage.large.copies.size, stage.spoolBytes]).toEqual([0, 0]);
});

test("[S16] closing waits for the copy that is being made, and takes no more", async () => {
  const stage = new Stage();
  const gate = Promise.withResolvers<void>();
  stage.large.gate = gate.promise;
  for (const id of ["a", "b"]) stage.add(id, 20);
  await stage.settle();
  const closing = stage.copying.close();
  gate.resolve();
  await closing;
  stage.add("late", 20);
  await stage.settle();
  expect(stage.large.batches).toEqual([[20]]);
});
