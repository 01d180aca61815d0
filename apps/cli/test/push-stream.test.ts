import { randomBytes } from "node:crypto";
import { limits } from "@hawser/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Stage } from "./stage.ts";

const chunk = limits.chunkSizeBytes;
let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

const pushStream = (...options: string[]) =>
  stage.hawser("push", ["-", "--name", "dump.sql", ...options], { hasInput: true });

test("[S16] standard input arrives exactly, whatever its length", async () => {
  for (const size of [0, 1, chunk, 3 * chunk, 3 * chunk + 5]) {
    const bytes = randomBytes(size);
    const process = pushStream();
    process.child.stdin?.end(bytes);
    expect(await process.ended).toBe(0);
    expect(process.event("started")).toMatchObject({ path: "-", filename: "dump.sql", sizeBytes: null });
    expect(process.event("completed")).toMatchObject({ sizeBytes: size });
    expect(stage.has("dump.sql", bytes)).toBe(true);
  }
  expect(await stage.records()).toEqual([]);
});

test("[R8] the same bytes again go on with --yes: only what is missing travels", async () => {
  const bytes = randomBytes(12 * chunk);
  const held = stage.holdRunsAfter(2);
  const first = pushStream();
  first.child.stdin?.end(bytes);
  await held;
  first.kill("SIGKILL");
  await first.ended;
  expect(await stage.records()).toMatchObject([{ origin: null, source: { name: "dump.sql", sizeBytes: null } }]);

  await stage.calmDown();
  const [upload] = stage.server.uploads.values();
  const acknowledged = upload?.chunks.size ?? 0;
  expect(acknowledged).toBeGreaterThanOrEqual(2);
  const listed = stage.hawser("resume", []);
  expect(await listed.ended).toBe(1);
  expect(listed.event("failed")).toMatchObject({ code: "source_unreadable", resumable: true });
  expect(listed.event("failed")?.message).toContain("hawser push - --yes --name dump.sql");

  const second = pushStream("--yes");
  second.child.stdin?.end(bytes);
  expect(await second.ended).toBe(0);
  expect(second.event("upload")).toMatchObject({ id: upload?.id, resumed: true });
  expect(stage.server.chunksSeen).toHaveLength(12 - acknowledged);
  expect(stage.has("dump.sql", bytes)).toBe(true);
  expect(await stage.records()).toEqual([]);
});

test("[R1] [R9] without --yes it starts anew and says so; with it, other bytes are told", async () => {
  const held = stage.holdRunsAfter(2);
  const first = pushStream();
  first.child.stdin?.end(randomBytes(8 * chunk));
  await held;
  first.kill("SIGKILL");
  await first.ended;
  await stage.calmDown();
  const other = pushStream("--yes");
  other.child.stdin?.end(randomBytes(8 * chunk));
  expect(await other.ended).toBe(4);
  expect(other.event("failed")).toMatchObject({ code: "source_changed" });
  expect([...stage.server.uploads.values()].map(({ state }) => state)).toEqual(["active"]);

  const again = stage.holdRunsAfter(2);
  const third = pushStream();
  third.child.stdin?.end(randomBytes(8 * chunk));
  await again;
  third.kill("SIGINT");
  expect(await third.ended).toBe(130);
  expect(third.event("failed")?.message).toContain("--yes");
  await stage.calmDown();
  const bytes = randomBytes(2 * chunk);
  const fourth = pushStream();
  fourth.child.stdin?.end(bytes);
  expect(await fourth.ended).toBe(0);
  expect(fourth.event("anew")).toMatchObject({ code: "not_asked" });
  expect(stage.has("dump.sql", bytes)).toBe(true);
  expect(await stage.records()).toEqual([]);
});

test("[S15] standard input without a name, or with other files, is refused: exit code 2", async () => {
  const cases = [["-"], ["-", "a.bin", "--name", "x"], ["a.bin", "--name", "x"], ["a.bin", "--yes", "--anew"]];
  const codes = cases.map((args) => stage.hawser("push", args).ended);
  expect(await Promise.all(codes)).toEqual([2, 2, 2, 2]);
});
