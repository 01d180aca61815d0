import { chunkLength, chunkOffset, countChunks, isErrorCode, limits } from "@hawser/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BlobStore } from "../../src/ports/blob-store.ts";
import { pick, type Random, seededRandom } from "../simulation/random.ts";

const { chunkSizeBytes } = limits;
const id = "00ff".padEnd(32, "7");
const otherId = "00fe".padEnd(32, "7");

export interface OpenedStore {
  readonly store: BlobStore;
  /** Opens what was written once more, after the store was closed; absent where bytes live in the store itself. */
  readonly reopen?: () => Promise<BlobStore>;
  readonly cleanUp?: () => Promise<void>;
}

/** What every blob store keeps to. `open` gives an empty one. */
export function blobStoreContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`blob store: ${name}`, () => {
    let opened: OpenedStore;
    let store: BlobStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(async () => {
      await store.close();
      await opened.cleanUp?.();
    });

    const current = () => store;
    testWholeChunks(current);
    testPrefixes(current);
    testReading(current);
    testLifetime(current, async () => {
      if (opened.reopen === undefined) return;
      await store.close();
      store = await opened.reopen();
    });
  });
}

function testWholeChunks(current: () => BlobStore): void {
  for (const sizeBytes of [1, chunkSizeBytes - 1, chunkSizeBytes, chunkSizeBytes + 1, 5 * chunkSizeBytes + 12_345]) {
    test(`[S2] ${sizeBytes} bytes come back as they were written`, async () => {
      const store = current();
      const bytes = randomBytes(sizeBytes, sizeBytes);
      for (const group of groupsOf(store, sizeBytes)) await writeGroup(store, id, bytes, group);
      await store.sync(id);
      expectSame(await readAll(store, id, sizeBytes), bytes);
    });
  }

  test("[S6] chunks written in any order make the same file", async () => {
    const store = current();
    const bytes = randomBytes(1, 9 * chunkSizeBytes + 77);
    for (const group of shuffled(groupsOf(store, bytes.length), seededRandom(2))) {
      await writeGroup(store, id, bytes, group);
      await store.sync(id);
    }
    expectSame(await readAll(store, id, bytes.length), bytes);
  });

  test("[S6] disjoint chunks of two uploads written at once do not touch each other", async () => {
    const store = current();
    const bytes = randomBytes(3, 8 * chunkSizeBytes + 1);
    const otherBytes = randomBytes(4, bytes.length);
    await Promise.all(
      shuffled(groupsOf(store, bytes.length), seededRandom(5)).flatMap((group) => [
        writeGroup(store, id, bytes, group).then(() => store.sync(id)),
        writeGroup(store, otherId, otherBytes, group).then(() => store.sync(otherId)),
      ]),
    );
    expectSame(await readAll(store, id, bytes.length), bytes);
    expectSame(await readAll(store, otherId, bytes.length), otherBytes);
  });

  test("[S6] a buffer may be used again once its write has resolved", async () => {
    const store = current();
    const bytes = randomBytes(6, chunkSizeBytes);
    const pooled = bytes.slice();
    await store.writeChunks(id, 1, [pooled]);
    pooled.fill(0);
    expectSame(await readAll(store, id, bytes.length), bytes);
  });

  test("[R13] a run of several groups in one call", async () => {
    const store = current();
    const bytes = randomBytes(7, 11 * chunkSizeBytes + 5);
    await writeGroup(store, id, bytes, { first: 1, last: 12 });
    await store.sync(id);
    expectSame(await readAll(store, id, bytes.length), bytes);
  });

  test("[R13] a group written again replaces what was there", async () => {
    const store = current();
    const sizeBytes = store.runAlign * chunkSizeBytes * 2;
    const before = randomBytes(8, sizeBytes);
    const after = randomBytes(9, sizeBytes);
    const [firstGroup, secondGroup] = groupsOf(store, sizeBytes) as [Group, Group];
    await writeGroup(store, id, before, firstGroup);
    await writeGroup(store, id, before, secondGroup);
    await writeGroup(store, id, after, firstGroup);
    await store.sync(id);
    expectSame((await readAll(store, id, sizeBytes)).subarray(0, sizeBytes / 2), after.subarray(0, sizeBytes / 2));
    expectSame((await readAll(store, id, sizeBytes)).subarray(sizeBytes / 2), before.subarray(sizeBytes / 2));
  });
}

function testPrefixes(current: () => BlobStore): void {
  test("[R13] a prefix is written, continued, synced and read back", async () => {
    const store = current();
    const bytes = randomBytes(10, 300_001);
    await store.writePrefix(id, 3, 0, bytes.subarray(0, 1));
    await store.sync(id);
    await store.writePrefix(id, 3, 1, bytes.subarray(1, 70_000));
    await store.writePrefix(id, 3, 70_000, bytes.subarray(70_000));
    await store.sync(id);
    expectSame(await readPrefix(store, 3, bytes.length), bytes);
    expectSame(await readPrefix(store, 3, 70_000), bytes.subarray(0, 70_000));
  });

  test("[R13] a prefix that is written again from an earlier byte keeps what lies before it", async () => {
    const store = current();
    const bytes = randomBytes(11, 10_000);
    await store.writePrefix(id, 1, 0, bytes.subarray(0, 6_000));
    await store.writePrefix(id, 1, 4_000, bytes.subarray(4_000));
    await store.sync(id);
    expectSame(await readPrefix(store, 1, bytes.length), bytes);
  });

  test("[R13] an upload without prefix has none to read", async () => {
    expect(await current().readPrefix(id, 1, new Uint8Array(10))).toBe(0);
  });

  test("[S9] where prefixes lie in place, writing the rest completes the chunk", async () => {
    const store = current();
    const bytes = randomBytes(12, chunkSizeBytes);
    await store.writePrefix(id, 1, 0, bytes.subarray(0, 5_000));
    await store.sync(id);
    await store.writePrefix(id, 1, 5_000, bytes.subarray(5_000));
    await store.sync(id);
    const whole = await readAll(store, id, chunkSizeBytes);
    if (store.prefixInPlace) expectSame(whole, bytes);
    else expect(whole.length).toBe(0);
  });

  test("[R13] whole chunks take the place of a prefix with other bytes", async () => {
    const store = current();
    const bytes = randomBytes(13, store.runAlign * chunkSizeBytes);
    const prefix = randomBytes(14, 9_999);
    await store.writePrefix(id, 1, 0, prefix);
    await store.sync(id);
    await store.writeChunks(id, 1, slices(bytes, { first: 1, last: store.runAlign }));
    await store.sync(id);
    expectSame(await readAll(store, id, bytes.length), bytes);
    // Until the ledger has the chunk's receipt, a prefix beside it is what is acknowledged.
    if (!store.prefixInPlace) expectSame(await readPrefix(store, 1, prefix.length), prefix);
  });

  test("[R13] a prefix leaves whole chunks beside it alone", async () => {
    const store = current();
    const bytes = randomBytes(15, store.runAlign * chunkSizeBytes);
    await store.writeChunks(id, 1, slices(bytes, { first: 1, last: store.runAlign }));
    await store.writePrefix(id, store.runAlign + 1, 0, randomBytes(16, chunkSizeBytes - 1));
    await store.sync(id);
    expectSame(await readAll(store, id, bytes.length), bytes);
  });
}

function testReading(current: () => BlobStore): void {
  test("[S9] reads cross chunks and end with the bytes", async () => {
    const store = current();
    const bytes = randomBytes(17, 6 * chunkSizeBytes + 999);
    for (const group of groupsOf(store, bytes.length)) await writeGroup(store, id, bytes, group);
    for (const position of [0, 1, chunkSizeBytes - 1, 4 * chunkSizeBytes - 2, bytes.length - 1]) {
      const target = new Uint8Array(2 * chunkSizeBytes + 3);
      const count = await store.read(id, position, target);
      expect(count).toBe(Math.min(target.length, bytes.length - position));
      expectSame(target.subarray(0, count), bytes.subarray(position, position + count));
    }
    expect(await store.read(id, bytes.length, new Uint8Array(5))).toBe(0);
    expect(await store.read(id, bytes.length + 5 * chunkSizeBytes, new Uint8Array(5))).toBe(0);
  });

  test("[S9] what was never written reads as zeros, or ends the read", async () => {
    const store = current();
    const groupBytes = store.runAlign * chunkSizeBytes;
    const bytes = randomBytes(18, groupBytes * 3);
    const [firstGroup, , thirdGroup] = groupsOf(store, bytes.length) as [Group, Group, Group];
    await writeGroup(store, id, bytes, firstGroup);
    await writeGroup(store, id, bytes, thirdGroup);
    const target = new Uint8Array(2 * groupBytes).fill(9);
    const count = await store.read(id, 0, target);
    expect(count).toBeGreaterThanOrEqual(groupBytes);
    expectSame(target.subarray(0, groupBytes), bytes.subarray(0, groupBytes));
    expectSame(target.subarray(groupBytes, count), new Uint8Array(count - groupBytes));
    const last = new Uint8Array(groupBytes);
    expect(await store.read(id, 2 * groupBytes, last)).toBe(groupBytes);
    expectSame(last, bytes.subarray(2 * groupBytes));
  });

  test("[S9] an upload without bytes reads as nothing", async () => {
    expect(await current().read(id, 0, new Uint8Array(10))).toBe(0);
  });
}

function testLifetime(current: () => BlobStore, reopen: () => Promise<void>): void {
  test("[X1] synced bytes are there after the store was closed and opened again", async () => {
    const sizeBytes = 2 * chunkSizeBytes * current().runAlign + 3;
    const bytes = randomBytes(19, sizeBytes);
    for (const group of groupsOf(current(), sizeBytes)) await writeGroup(current(), id, bytes, group);
    await current().sync(id);
    await reopen();
    expectSame(await readAll(current(), id, sizeBytes), bytes);
    expect(await listed(current())).toEqual([id]);
    await current().sync(id);
  });

  test("[S9] removed bytes are gone, prefixes too, and the id can be written again", async () => {
    const store = current();
    await store.writePrefix(id, 1, 0, randomBytes(21, 5_000));
    await store.writeChunks(otherId, 1, [randomBytes(22, 4_000)]);
    await store.sync(id);
    await store.remove(id);
    await store.remove(id);
    expect(await listed(store)).toEqual([otherId]);
    expect(await store.readPrefix(id, 1, new Uint8Array(10))).toBe(0);

    const bytes = randomBytes(23, 3_000);
    await store.writeChunks(id, 1, [bytes]);
    await store.sync(id);
    expectSame(await readAll(store, id, 6_000), bytes);
    expect((await listed(store)).sort()).toEqual([otherId, id]);
  });

  test("[S9] removing what was never there succeeds", async () => {
    await current().remove(id);
    expect(await listed(current())).toEqual([]);
  });

  test("[S6] ids that are none, and bytes outside of a slot, are refused", async () => {
    const store = current();
    const bytes = new Uint8Array(4);
    for (const wrong of ["", "..", "../../etc/passwd", `${id}/`, id.toUpperCase(), `${id}0`, id.slice(1), `${id}\0`]) {
      await expectRefused(() => store.writeChunks(wrong, 1, [bytes]));
      await expectRefused(() => store.writePrefix(wrong, 1, 0, bytes));
      await expectRefused(() => store.read(wrong, 0, bytes));
      await expectRefused(() => store.readPrefix(wrong, 1, bytes));
      await expectRefused(() => store.sync(wrong));
      await expectRefused(() => store.remove(wrong));
    }
    const tooLong = new Uint8Array(chunkSizeBytes + 1);
    await expectRefused(() => store.writeChunks(id, 1, [tooLong]));
    await expectRefused(() => store.writePrefix(id, 1, chunkSizeBytes - 3, bytes));
    await expectRefused(() => store.writePrefix(id, 1, -1, bytes));
    for (const chunk of [0, -1, 1.5, Number.NaN, 2 ** 53]) {
      await expectRefused(() => store.writeChunks(id, chunk, [bytes]));
      await expectRefused(() => store.writePrefix(id, chunk, 0, bytes));
    }
    expect(await listed(store)).toEqual([]);
  });

  test("[X1] a probe leaves nothing behind", async () => {
    await current().probe();
    await current().probe();
    expect(await listed(current())).toEqual([]);
  });

  test("[S2] free bytes are told where the storage has an end", async () => {
    const capacity = await current().capacity?.();
    if (capacity === undefined) return;
    expect(capacity.freeBytes).toBeGreaterThan(0);
    expect(capacity.totalBytes).toBeGreaterThanOrEqual(capacity.freeBytes);
  });
}

interface Group {
  readonly first: number;
  readonly last: number;
}

/** The smallest runs that the store takes. */
function groupsOf({ runAlign }: BlobStore, sizeBytes: number): Group[] {
  const groups: Group[] = [];
  const count = countChunks(sizeBytes);
  for (let first = 1; first <= count; first += runAlign) {
    groups.push({ first, last: Math.min(count, first + runAlign - 1) });
  }
  return groups;
}

function slices(bytes: Uint8Array, { first, last }: Group): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let chunk = first; chunk <= last; chunk++) {
    const from = chunkOffset(chunk);
    chunks.push(bytes.subarray(from, from + chunkLength(chunk, bytes.length)));
  }
  return chunks;
}

function writeGroup(store: BlobStore, uploadId: string, bytes: Uint8Array, group: Group): Promise<void> {
  return store.writeChunks(uploadId, group.first, slices(bytes, group));
}

/** All bytes up to `maxBytes`, by as many reads as the store likes. */
async function readAll(store: BlobStore, uploadId: string, maxBytes: number): Promise<Uint8Array> {
  const target = new Uint8Array(maxBytes);
  return target.subarray(0, await store.read(uploadId, 0, target));
}

async function readPrefix(store: BlobStore, chunk: number, sizeBytes: number): Promise<Uint8Array> {
  const target = new Uint8Array(sizeBytes);
  return target.subarray(0, await store.readPrefix(id, chunk, target));
}

async function listed(store: BlobStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const listedId of store.list()) ids.push(listedId);
  return ids;
}

async function expectRefused(call: () => Promise<unknown>): Promise<void> {
  const error = await call().then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(isErrorCode(String(error?.code)), `refused with ${error}`).toBe(true);
}

/** By Buffer.equals: a comparison of elements takes seconds for a few MiB. */
function expectSame(actual: Uint8Array, expected: Uint8Array): void {
  expect(actual.length).toBe(expected.length);
  expect(Buffer.from(actual.buffer, actual.byteOffset, actual.length).equals(expected)).toBe(true);
}

function randomBytes(seed: number, sizeBytes: number): Uint8Array {
  const random = seededRandom(seed);
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  for (let i = 0; i < words.length; i++) words[i] = random() * 2 ** 32;
  return new Uint8Array(words.buffer, 0, sizeBytes);
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const rest = [...items];
  return items.map(() => {
    const item = pick(random, rest);
    rest.splice(rest.indexOf(item), 1);
    return item;
  });
}
