import { readdir, rename, truncate, unlink, utimes, writeFile } from "node:fs/promises";
import { limits } from "@hawser/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { mostSentBytes } from "../faults/bounds.ts";
import { contentOf, lanes, openServer, type ServerStage, sha256Hex } from "../faults/stage.ts";
import type { KillMoment } from "./killing.ts";
import { fileTimeSeconds, openPushStage, type PushStage } from "./lives.ts";

const chunk = limits.chunkSizeBytes;
let server: ServerStage;
beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());

async function filesNamed(name: string): Promise<{ id: string; filename: string }[]> {
  const { files } = (await (await fetch(`${server.server.url}/files`)).json()) as Awaited<
    ReturnType<typeof filesNamed>
  > & {
    files: { id: string; filename: string }[];
  };
  return files.filter(({ filename }) => filename === name);
}

async function unfinishedNamed(name: string, sizeBytes: number): Promise<{ id: string; receivedBytes: number }[]> {
  const query = new URLSearchParams({ filename: name, size: `${sizeBytes}` });
  const answer = await fetch(`${server.server.url}/uploads/check?${query}`);
  return ((await answer.json()) as { candidates: { id: string; receivedBytes: number }[] }).candidates;
}

/** What the journal says is owed. */
async function recordsOf({ journalFolder }: PushStage): Promise<string[]> {
  return (await readdir(journalFolder)).filter((entry) => entry.endsWith(".json"));
}

/** The file is there, once, exact, and nothing is left over. */
async function expectOneFile(stage: PushStage, content: Uint8Array): Promise<void> {
  const { name } = stage;
  const files = await filesNamed(name);
  expect(files).toHaveLength(1);
  expect(await server.downloadSha256(files[0] as { id: string })).toBe(sha256Hex(content));
  expect(await unfinishedNamed(name, content.length)).toEqual([]);
  expect(await recordsOf(stage)).toEqual([]);
}

/** Lives until the file is there; returns how many of them were killed. */
async function liveOn(stage: PushStage, kills: Iterable<KillMoment>): Promise<number> {
  let killed = 0;
  for (const kill of kills) {
    // Killed after the server's last answer, there is nothing left to do, and nobody to say so.
    if ((await filesNamed(stage.name)).length > 0 && (await recordsOf(stage)).length === 0) return killed;
    const end = await stage.live(kill);
    if (end !== null) {
      expect(end).toMatchObject({ end: "completed" });
      return killed;
    }
    killed++;
  }
  throw new Error("it never ended");
}

test("[R8] [V4] [S18] killed at random moments: goes on each time, only missing bytes travel, the file is exact", async () => {
  // The command itself is killed 100 times in apps/cli/test/kills.
  const wantedKills = 30;
  let killed = 0;
  let seed = 0;
  const carryOne = async () => {
    while (killed < wantedKills) {
      const random = seededRandom(++seed);
      const content = contentOf(seed, 5 * chunk + Math.floor(random() * chunk));
      await using stage = await openPushStage(server.server.url, `killed-${seed}.bin`, content);
      const kills = Array.from({ length: 40 }, (_, life) => (life < 6 ? { sentBytes: random() * 4 * chunk } : {}));
      const times = await liveOn(stage, kills);
      killed += times;
      await expectOneFile(stage, content);
      const { chunks } = stage.proxy.counts.kinds;
      expect(chunks.receivedBytes).toBeLessThanOrEqual(mostSentBytes(content.length, chunks, times * lanes));
    }
  };
  await Promise.all([carryOne(), carryOne()]);
  expect(killed).toBeGreaterThanOrEqual(wantedKills);
});

test("[R8] [V4] killed at every write of the journal, before, in the middle and after: the file arrives once, exact", async () => {
  const content = contentOf(7, 2 * chunk + 5);
  await using whole = await openPushStage(server.server.url, "writes.bin", content);
  const end = await whole.live();
  const writes = end?.end === "completed" ? end.writes : 0;
  expect(writes).toBeGreaterThanOrEqual(3);
  for (let write = 1; write <= writes; write++) {
    for (const point of ["before", "during", "after"] as const) {
      const name = `write-${write}-${point}.bin`;
      await using stage = await openPushStage(server.server.url, name, content);
      expect([name, await liveOn(stage, [{ write, point }, {}, {}])]).toEqual([name, 1]);
      await expectOneFile(stage, content);
      const { chunks } = stage.proxy.counts.kinds;
      expect(chunks.receivedBytes).toBeLessThanOrEqual(mostSentBytes(content.length, chunks, lanes));
    }
  }
});

describe("a source that is another one when the program comes back", () => {
  const content = contentOf(9, 6 * chunk + 100);
  const edited = Buffer.from(content);
  edited[chunk / 2] = (edited[chunk / 2] ?? 0) ^ 1;
  const changes: [how: string, change: (path: string) => Promise<void>][] = [
    ["edited in what was sent already", (path) => writeFile(path, edited)],
    [
      "edited in what was sent already, its time put back",
      async (path) => {
        await writeFile(path, edited);
        await utimes(path, fileTimeSeconds, fileTimeSeconds);
      },
    ],
    ["truncated", (path) => truncate(path, 3 * chunk)],
    [
      "truncated, its time put back",
      async (path) => {
        await truncate(path, 3 * chunk);
        await utimes(path, fileTimeSeconds, fileTimeSeconds);
      },
    ],
    [
      "replaced by another file of the same size and time",
      async (path) => {
        await writeFile(`${path}.new`, contentOf(10, content.length));
        await utimes(`${path}.new`, fileTimeSeconds, fileTimeSeconds);
        await rename(`${path}.new`, path);
      },
    ],
  ];

  test.each(changes)("[R9] %s: told, and never mixed", async (how, change) => {
    const name = `${how}.bin`;
    await using stage = await openPushStage(server.server.url, name, content);
    expect(await stage.live({ sentBytes: 4 * chunk })).toBeNull();
    const [before] = await unfinishedNamed(name, content.length);
    expect(before?.receivedBytes).toBeGreaterThanOrEqual(chunk);
    await change(stage.path);
    expect(await stage.live()).toEqual({ end: "failed", code: "source_changed" });
    expect(await filesNamed(name)).toEqual([]);
    // Not forgotten: it stands still, with its reason, until somebody decides.
    expect(await stage.live()).toEqual({ end: "paused", code: "source_changed" });
    expect(await filesNamed(name)).toEqual([]);
  });

  test("[R9] [R3] gone: the program asks for it; back again: only what is missing travels", async () => {
    const name = "gone.bin";
    await using stage = await openPushStage(server.server.url, name, content);
    expect(await stage.live({ sentBytes: 4 * chunk })).toBeNull();
    await unlink(stage.path);
    expect(await stage.live()).toEqual({ end: "needs-source" });
    await writeFile(stage.path, content);
    await utimes(stage.path, fileTimeSeconds, fileTimeSeconds);
    expect(await stage.live()).toMatchObject({ end: "completed" });
    await expectOneFile(stage, content);
    const { chunks } = stage.proxy.counts.kinds;
    expect(chunks.receivedBytes).toBeLessThanOrEqual(mostSentBytes(content.length, chunks, lanes));
  });
});
