import { limits } from "@hawser/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Stage } from "./stage.ts";

const chunk = limits.chunkSizeBytes;
/** Processes take their time to begin where others want the same cores. */
const startTimeoutMs = 20_000;
let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

/** Holds every run after the first `count` until the returned function is called. */
function holdRuns(count: number): { held: Promise<void>; letGo: () => void } {
  const held = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let runs = 0;
  stage.server.trouble = async ({ chunks }) => {
    if (chunks.length === 0 || ++runs <= count) return;
    held.resolve();
    await gate.promise;
  };
  return { held: held.promise, letGo: () => gate.resolve() };
}

test("[R8] [S18] a file that one hawser sends is refused by another, in words; it goes on at the first", async () => {
  const { path, bytes } = await stage.makeFile("film.mov", 20 * chunk);
  const { held, letGo } = holdRuns(2);
  const first = stage.hawser("push", [path]);
  await held;
  const second = stage.hawser("push", [path]);
  expect(await second.ended).toBe(1);
  expect(second.event("failed")).toMatchObject({ code: "refused" });
  expect(second.event("failed")?.message).toContain(
    `Another hawser (process ${first.child.pid}) is sending this file now.`,
  );
  const third = stage.hawser("push", [path, "--anew"]);
  const resuming = stage.hawser("resume", []);
  expect([await third.ended, await resuming.ended]).toEqual([1, 0]);
  expect(await stage.records()).toHaveLength(1);
  letGo();
  expect(await first.ended).toBe(0);
  expect(stage.has("film.mov", bytes)).toBe(true);
  expect(stage.server.uploads.size).toBe(1);
  expect(await stage.records()).toEqual([]);
});

test("[R8] [S18] two at once in one journal send what each was given, and lose no record", async () => {
  const files = await Promise.all(["a", "b"].map((name) => stage.makeFile(`${name}.bin`, 20 * chunk)));
  const { held, letGo } = holdRuns(2);
  const processes = files.map(({ path }) => stage.hawser("push", [path]));
  await held;
  await expect.poll(async () => (await stage.records()).length, { timeout: startTimeoutMs }).toBe(2);
  letGo();
  expect(await Promise.all(processes.map(({ ended }) => ended))).toEqual([0, 0]);
  expect([stage.has("a.bin", files[0]?.bytes as Buffer), stage.has("b.bin", files[1]?.bytes as Buffer)]).toEqual([
    true,
    true,
  ]);
  expect(await stage.records()).toEqual([]);
});

test("[R8] [S18] of several that go on with one killed push, each file is sent by one of them", async () => {
  const files = await Promise.all(["a", "b", "c"].map((name) => stage.makeFile(`${name}.bin`, 20 * chunk)));
  // Requests grow fast on a good line: after a few more one of the files might be whole.
  const before = holdRuns(2);
  const first = stage.hawser(
    "push",
    files.map(({ path }) => path),
  );
  await before.held;
  first.kill("SIGKILL");
  await first.ended;
  await stage.calmDown();
  const { letGo } = holdRuns(0);
  const started = () => resuming.flatMap(({ events }) => events.filter(({ event }) => event === "started"));
  const resuming = Array.from({ length: 3 }, () => stage.hawser("resume", []));
  await expect.poll(() => started().length, { timeout: startTimeoutMs }).toBe(3);
  letGo();
  expect(await Promise.all(resuming.map(({ ended }) => ended))).toEqual([0, 0, 0]);
  expect(
    started()
      .map(({ filename }) => filename)
      .toSorted(),
  ).toEqual(["a.bin", "b.bin", "c.bin"]);
  for (const [i, name] of ["a", "b", "c"].entries()) {
    expect(stage.has(`${name}.bin`, files[i]?.bytes as Buffer)).toBe(true);
  }
  expect(stage.server.uploads.size).toBe(3);
  expect(await stage.records()).toEqual([]);
});
