import { expect, test } from "vitest";
import { createFaultFileSystem } from "./fault-file-system.ts";
import { seededRandom } from "./random.ts";
import { createSimFileSystem } from "./sim-file-system.ts";

const sim = () => createSimFileSystem({ random: seededRandom(1) });
const bytes = new Uint8Array(10).fill(1);

test("[S15] one operation of a kind fails, once", async () => {
  const faulty = createFaultFileSystem(sim(), { kind: "write", operation: 2, lasts: "once", outcome: "ENOSPC" });
  const handle = await faulty.open("/a", { create: true });
  expect(await handle.write(bytes, 0)).toBe(10);
  await expect(handle.write(bytes, 0)).rejects.toMatchObject({ code: "ENOSPC" });
  expect(await handle.write(bytes, 0)).toBe(10);
  await handle.syncData();
  expect(faulty.operations).toBe(3);
  expect(faulty.faults).toBe(1);
});

test("[S15] from an operation on, all fail and none has effect", async () => {
  const inner = sim();
  const faulty = createFaultFileSystem(inner, { operation: 2, lasts: "forever", outcome: "EIO" });
  const handle = await faulty.open("/a", { create: true });
  await expect(handle.write(bytes, 0)).rejects.toMatchObject({ code: "EIO" });
  await expect(handle.syncData()).rejects.toMatchObject({ code: "EIO" });
  await expect(faulty.unlink("/a")).rejects.toMatchObject({ code: "EIO" });
  expect(await inner.listDirectory("/")).toEqual(["a"]);
});

test("[S15] a short write takes half and says so", async () => {
  const plan = { kind: "write", operation: 1, lasts: "forever", outcome: "short" } as const;
  const handle = await createFaultFileSystem(sim(), plan).open("/a", { create: true });
  expect(await handle.write(bytes, 0)).toBe(5);
  expect(await handle.write(bytes.subarray(0, 1), 9)).toBe(1);
  expect(await handle.read(new Uint8Array(20), 0)).toBe(10);
});

test("[X1] an ignored sync succeeds and makes nothing durable; others do", async () => {
  const inner = sim();
  const plan = { kind: "syncDirectory", path: /^\/d$/, operation: 1, lasts: "forever", outcome: "ignored" } as const;
  const faulty = createFaultFileSystem(inner, plan);
  await faulty.makeDirectory("/d");
  await faulty.open("/d/a", { create: true });
  await faulty.syncDirectory("/d");
  await faulty.syncDirectory("/");
  const found = new Set<string>();
  for (let seed = 1; seed <= 50; seed++) {
    found.add((await inner.crash({ random: seededRandom(seed) }).listDirectory("/d")).join());
  }
  expect([...found].sort()).toEqual(["", "a"]);
  expect(faulty.faults).toBe(1);
});
