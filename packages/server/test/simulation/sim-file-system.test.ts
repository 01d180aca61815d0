import { describe, expect, test } from "vitest";
import type { FileSystem } from "../../src/adapters/disk/file-system.ts";
import { seededRandom } from "./random.ts";
import { createSimFileSystem, type SimFileSystem } from "./sim-file-system.ts";

const draws = 200;

function create(seed = 1, onOperation?: (n: number, kind: string, path: string) => void): SimFileSystem {
  return createSimFileSystem({ random: seededRandom(seed), ...(onOperation && { onOperation }) });
}

/** What `look` finds in each of many states after power failed now, each once. */
async function outcomes(sim: SimFileSystem, look: (found: FileSystem) => Promise<string>): Promise<string[]> {
  const seen = new Set<string>();
  for (let seed = 1; seed <= draws; seed++) seen.add(await look(sim.crash({ random: seededRandom(seed) })));
  return [...seen].sort();
}

async function readText(fileSystem: FileSystem, path: string, maxBytes = 100): Promise<string> {
  try {
    const handle = await fileSystem.open(path, { create: false });
    const target = new Uint8Array(maxBytes);
    const count = await handle.read(target, 0);
    return Buffer.from(target.buffer, 0, count).toString("latin1").replaceAll("\0", "0");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code as string;
  }
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

async function createDurable(sim: SimFileSystem, path: string, text: string) {
  const handle = await sim.open(path, { create: true });
  await handle.write(bytesOf(text), 0);
  await handle.syncData();
  await sim.syncDirectory("/");
  return handle;
}

describe("simulated file system", () => {
  test("[X1] synced bytes with a synced entry survive every crash", async () => {
    const sim = create();
    await createDurable(sim, "/a", "safe");
    expect(await outcomes(sim, (found) => readText(found, "/a"))).toEqual(["safe"]);
  });

  test("[X1] un-synced bytes survive, vanish, or leave their length with zeros", async () => {
    const sim = create();
    const handle = await createDurable(sim, "/a", "safe");
    await handle.write(bytesOf("more"), 4);
    expect(await readText(sim, "/a")).toBe("safemore");
    expect(await outcomes(sim, (found) => readText(found, "/a"))).toEqual(["safe", "safe0000", "safemore"]);
  });

  test("[X1] an un-synced write over durable bytes puts these at risk, and no others", async () => {
    const sim = create();
    const handle = await createDurable(sim, "/a", "safe");
    await handle.write(bytesOf("FE"), 2);
    expect(await outcomes(sim, (found) => readText(found, "/a"))).toEqual(["saFE", "safe"]);
  });

  test("[X1] any subset of un-synced writes may survive, the later without the earlier", async () => {
    const sim = create();
    const handle = await createDurable(sim, "/a", "....");
    await handle.write(bytesOf("1"), 0);
    await handle.write(bytesOf("2"), 1);
    await handle.write(bytesOf("3"), 0);
    const found = await outcomes(sim, (crashed) => readText(crashed, "/a"));
    expect(found).toEqual(["....", ".2..", "1...", "12..", "3...", "32.."]);
  });

  test("[X1] writes are torn at sectors and pages, head or tail", async () => {
    const sim = create();
    const handle = await createDurable(sim, "/a", ".".repeat(8_192));
    await handle.write(bytesOf("x".repeat(8_192)), 0);
    const found = await outcomes(sim, (crashed) => readText(crashed, "/a", 8_192));
    const cuts = found.map((text) => /^(\.*)(x*)(\.*)$/.exec(text)).map((match) => match?.slice(1));
    for (const [before, written, after] of cuts as [string, string, string][]) {
      expect(before.length % 512).toBe(0);
      expect(after.length % 512).toBe(0);
      expect(Math.min(before.length, after.length)).toBe(0);
      expect(before.length + written.length + after.length).toBe(8_192);
    }
    expect(cuts.some((cut) => cut?.[0] !== "" && cut?.[1] !== "")).toBe(true);
    expect(cuts.some((cut) => cut?.[2] !== "" && cut?.[1] !== "")).toBe(true);
    expect(found.length).toBeGreaterThan(10);
  });

  test("[X1] a file without a synced entry can vanish though its bytes were synced", async () => {
    const sim = create();
    const handle = await sim.open("/a", { create: true });
    await handle.write(bytesOf("safe"), 0);
    await handle.syncData();
    expect(await outcomes(sim, (found) => readText(found, "/a"))).toEqual(["ENOENT", "safe"]);
  });

  test("[X1] a synced entry does not make bytes durable, nor the entries below it", async () => {
    const sim = create();
    await sim.makeDirectory("/d");
    const handle = await sim.open("/d/a", { create: true });
    await handle.write(bytesOf("data"), 0);
    await sim.syncDirectory("/");
    expect(await outcomes(sim, (found) => readText(found, "/d/a"))).toEqual(["", "0000", "ENOENT", "data"]);
    await sim.syncDirectory("/d");
    expect(await outcomes(sim, (found) => readText(found, "/d/a"))).toEqual(["", "0000", "data"]);
  });

  test("[X1] a folder without a synced entry takes along all that lies below it", async () => {
    const sim = create();
    await sim.makeDirectory("/d");
    const handle = await sim.open("/d/a", { create: true });
    await handle.write(bytesOf("data"), 0);
    await handle.syncData();
    await sim.syncDirectory("/d");
    expect(await outcomes(sim, (found) => readText(found, "/d/a"))).toEqual(["ENOENT", "data"]);
  });

  test("[X1] a removed file can come back with its durable bytes until the folder is synced", async () => {
    const sim = create();
    await createDurable(sim, "/a", "safe");
    await sim.unlink("/a");
    expect(await readText(sim, "/a")).toBe("ENOENT");
    expect(await outcomes(sim, (found) => readText(found, "/a"))).toEqual(["ENOENT", "safe"]);
    await sim.syncDirectory("/");
    expect(await outcomes(sim, (found) => readText(found, "/a"))).toEqual(["ENOENT"]);
  });

  test("[X1] a sync covers what had ended before it began, and nothing that begins later", async () => {
    const sim = create();
    const handle = await createDurable(sim, "/a", "....");
    await handle.write(bytesOf("1"), 0);
    const sync = handle.syncData();
    const late = handle.write(bytesOf("2"), 1);
    await Promise.all([sync, late]);
    expect(await outcomes(sim, (found) => readText(found, "/a"))).toEqual(["1...", "12.."]);
    const unended = handle.write(bytesOf("3"), 2);
    await Promise.all([unended, handle.syncData()]);
    expect(await outcomes(sim, (found) => readText(found, "/a"))).toEqual(["12..", "123."]);
  });

  test("[X1] a folder's sync does not cover a file whose creation had not ended", async () => {
    const sim = create();
    await Promise.all([sim.open("/a", { create: true }), sim.syncDirectory("/")]);
    expect(await outcomes(sim, (found) => readText(found, "/a"))).toEqual(["", "ENOENT"]);
  });

  test("[X1] a handle that is closed while a call is under way fails that call", async () => {
    const handle = await createDurable(create(), "/a", "safe");
    const write = handle.write(bytesOf("1"), 0);
    void handle.close();
    await expect(write).rejects.toMatchObject({ code: "EBADF" });
  });

  test("[X1] a sync that is under way when power fails promises nothing", async () => {
    const sim = create();
    const handle = await createDurable(sim, "/a", "....");
    await handle.write(bytesOf("1"), 0);
    const sync = handle.syncData();
    sim.powerOff();
    await expect(sync).rejects.toMatchObject({ code: "EIO" });
    expect(await outcomes(sim, (found) => readText(found, "/a"))).toEqual(["....", "1..."]);
  });

  test("[X1] after power failed nothing has effect any more", async () => {
    const sim = create();
    const handle = await createDurable(sim, "/a", "safe");
    sim.powerOff();
    await expect(handle.write(bytesOf("X"), 0)).rejects.toMatchObject({ code: "EIO" });
    await expect(sim.unlink("/a")).rejects.toMatchObject({ code: "EIO" });
    await expect(sim.open("/b", { create: true })).rejects.toMatchObject({ code: "EIO" });
    expect(await outcomes(sim, (found) => readText(found, "/a"))).toEqual(["safe"]);
    expect(await outcomes(sim, (found) => readText(found, "/b"))).toEqual(["ENOENT"]);
  });

  test("[X1] the hook comes before each operation and can stop the power", async () => {
    const calls: string[] = [];
    const sim = create(1, (n, kind, path) => {
      calls.push(`${n} ${kind} ${path}`);
      if (n === 3) sim.powerOff();
    });
    const handle = await sim.open("/a", { create: true });
    await handle.write(bytesOf("1"), 0);
    await expect(handle.write(bytesOf("2"), 1)).rejects.toMatchObject({ code: "EIO" });
    expect(calls).toEqual(["1 open /a", "2 write /a", "3 write /a"]);
    expect(sim.operations).toBe(3);
    const found = await outcomes(sim, (crashed) => readText(crashed, "/a"));
    expect(found.some((text) => text.includes("2"))).toBe(false);
  });

  test("[X1] the same seed gives the same state, and what survived a crash is durable", async () => {
    const sim = create();
    for (const name of ["a", "b", "c", "d"]) {
      const handle = await sim.open(`/${name}`, { create: true });
      await handle.write(bytesOf(name.repeat(2_000)), 0);
    }
    const describeAll = async (found: FileSystem) => {
      const names = (await found.listDirectory("/")).sort();
      return JSON.stringify(
        await Promise.all(names.map(async (name) => [name, await readText(found, `/${name}`, 2_000)])),
      );
    };
    for (let seed = 1; seed <= 20; seed++) {
      const found = sim.crash({ random: seededRandom(seed) });
      const text = await describeAll(found);
      expect(await describeAll(sim.crash({ random: seededRandom(seed) }))).toBe(text);
      expect(await outcomes(found, describeAll)).toEqual([text]);
    }
  });

  test("[X1] it answers as a file system does when names are wrong", async () => {
    const sim = create();
    await createDurable(sim, "/a", "safe");
    await sim.makeDirectory("/d");
    await expect(sim.open("/none", { create: false })).rejects.toMatchObject({ code: "ENOENT" });
    await expect(sim.open("/none/a", { create: true })).rejects.toMatchObject({ code: "ENOENT" });
    await expect(sim.open("/a/b", { create: true })).rejects.toMatchObject({ code: "ENOTDIR" });
    await expect(sim.open("/d", { create: false })).rejects.toMatchObject({ code: "EISDIR" });
    await expect(sim.listDirectory("/a")).rejects.toMatchObject({ code: "ENOTDIR" });
    await expect(sim.syncDirectory("/none")).rejects.toMatchObject({ code: "ENOENT" });
    await expect(sim.unlink("/none")).rejects.toMatchObject({ code: "ENOENT" });
    const handle = await sim.open("/a", { create: false });
    await handle.close();
    await expect(handle.syncData()).rejects.toMatchObject({ code: "EBADF" });
  });
});
