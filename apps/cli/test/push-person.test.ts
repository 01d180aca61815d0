import { createHash } from "node:crypto";
import { limits } from "@hawser/protocol";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakePerson } from "./fake-person.ts";
import { Stage } from "./stage.ts";

const chunk = limits.chunkSizeBytes;
let stage: Stage;
let person: FakePerson;
beforeEach(async () => {
  stage = await Stage.open();
  person = new FakePerson();
});
afterEach(() => stage.close());

const push = (...args: string[]) => person.runs("push", [...args, ...stage.options]);

test("[R1] one candidate by name and size is offered with what is known of it: yes goes on", async () => {
  const { path, bytes } = await stage.makeFile("film.mov", 8 * chunk);
  const id = stage.server.begin("film.mov", bytes, 4);
  const code = push(path);
  await person.sees("film.mov: the server has 50% (4.2 MB) of a file with this name and size.");
  await person.sees("Go on with it? [Y/n, q stops]");
  person.press("x");
  person.press("y");
  expect(await code).toBe(0);
  expect(stage.server.chunksSeen.sort()).toEqual([5, 6, 7, 8]);
  expect(stage.server.bytesOf(id).equals(bytes)).toBe(true);
  expect(stage.server.uploads.size).toBe(1);
});

test("[R1] no starts anew, and what is there stays", async () => {
  const { path, bytes } = await stage.makeFile("film.mov", 8 * chunk);
  const id = stage.server.begin("film.mov", bytes, 4);
  const code = push(path);
  await person.sees("Go on with it?");
  person.press("n");
  expect(await code).toBe(0);
  expect(stage.server.uploads.get(id)?.chunks.size).toBe(4);
  expect(stage.has("film.mov", bytes)).toBe(true);
});

test("[R1] [R9] yes to another file of the same name and size is found out: exit code 4, nothing mixed", async () => {
  const { path } = await stage.makeFile("film.mov", 8 * chunk);
  const other = await stage.makeFile("other.mov", 8 * chunk);
  stage.server.begin("film.mov", other.bytes, 4);
  const code = push(path, "--yes");
  expect(await code).toBe(4);
  expect([...stage.server.uploads.values()].map(({ state }) => state)).toEqual(["active"]);
});

test("[R1] of several candidates the content decides in silence", async () => {
  const { path, bytes } = await stage.makeFile("film.mov", 8 * chunk);
  const sha256 = (of: Buffer) => createHash("sha256").update(of).digest("hex");
  const other = await stage.makeFile("other.mov", 8 * chunk);
  stage.server.begin("film.mov", other.bytes, 6, { evidence: { sha256: sha256(other.bytes) } });
  const id = stage.server.begin("film.mov", bytes, 2, { evidence: { sha256: sha256(bytes) } });
  expect(await push(path)).toBe(0);
  expect(stage.server.uploads.get(id)?.state).toBe("completed");
  expect(stage.server.chunksSeen).toHaveLength(6);
  expect(person.screen).not.toContain("Which one");
});

test("[R1] several candidates that nothing tells apart: the person chooses by number", async () => {
  const { path, bytes } = await stage.makeFile("film.mov", 8 * chunk);
  for (const chunks of [1, 2, 3]) stage.server.begin("film.mov", bytes, chunks);
  const code = push(path);
  await person.sees("the server has parts of 3 files with this name and size");
  await person.sees("  2  25% (2.1 MB).");
  await person.sees("0  none of them: start anew");
  await person.sees("Which one?");
  person.press("7");
  person.press("2");
  expect(await code).toBe(0);
  expect(stage.server.chunksSeen).toHaveLength(6);
  expect([...stage.server.uploads.values()].map(({ state }) => state)).toEqual(["active", "completed", "active"]);
});

test("[R1] where nobody can be asked it starts anew and says so; --yes takes what would be offered", async () => {
  const { path, bytes } = await stage.makeFile("film.mov", 8 * chunk);
  stage.server.begin("film.mov", bytes, 4);
  const asked = stage.hawser("push", [path]);
  expect(await asked.ended).toBe(0);
  expect(asked.event("anew")).toMatchObject({ code: "not_asked" });
  expect(stage.server.chunksSeen).toHaveLength(8);
  const yes = stage.hawser("push", [path, "--yes"]);
  expect(await yes.ended).toBe(0);
  expect(yes.event("upload")).toMatchObject({ resumed: true, receivedBytes: 4 * chunk });
});

test("[R1] q at the question ends the push with 130, and it is asked again the next time", async () => {
  const { path, bytes } = await stage.makeFile("film.mov", 8 * chunk);
  stage.server.begin("film.mov", bytes, 4);
  const first = push(path);
  await person.sees("Go on with it?");
  person.press("q");
  expect(await first).toBe(130);
  const second = push(path);
  await person.sees("Go on with it?");
  person.press("\r");
  expect(await second).toBe(0);
  expect(stage.server.uploads.size).toBe(1);
  expect(await stage.records()).toEqual([]);
});

test("[S16] space pauses, in the journal too, and goes on; everything arrives once", async () => {
  const { path, bytes } = await stage.makeFile("film.mov", 40 * chunk);
  let runs = 0;
  stage.server.trouble = ({ chunks }) => {
    if (chunks.length > 0 && ++runs === 3) person.press(" ");
  };
  const code = push(path);
  await person.sees("Paused.");
  await vi.waitFor(async () => expect(await stage.records()).toMatchObject([{ paused: ["user"] }]));
  expect(person.results).toEqual([]);
  person.press("p");
  expect(await code).toBe(0);
  expect(stage.has("film.mov", bytes)).toBe(true);
  expect(stage.server.uploads.size).toBe(1);
});

test("[S16] q stops and keeps the journal, paused or not; the next push goes on by itself", async () => {
  const { path, bytes } = await stage.makeFile("film.mov", 40 * chunk);
  let runs = 0;
  stage.server.trouble = ({ chunks }) => {
    if (chunks.length > 0 && ++runs === 3) person.press(" ");
  };
  const first = push(path);
  await person.sees("Paused.");
  person.press("q");
  expect(await first).toBe(130);
  await person.sees("Stopped. What arrived stays");
  expect(await stage.records()).toHaveLength(1);
  stage.server.trouble = () => {};
  expect(await push(path)).toBe(0);
  expect(stage.has("film.mov", bytes)).toBe(true);
  expect(stage.server.uploads.size).toBe(1);
});

test("[S16] [R4] several files: a row for each that travels, one for all, and the keys", async () => {
  const files = await Promise.all(["a.bin", "b.bin"].map((name) => stage.makeFile(`set/${name}`, 12 * chunk)));
  const held = stage.holdRunsAfter(2);
  const controller = new AbortController();
  const code = person.runs("push", [...files.map(({ path }) => path), ...stage.options], controller.signal);
  await held;
  await person.sees("a.bin ");
  await person.sees("0 of 2 files ");
  await person.sees("of 25 MB");
  await person.sees("space pauses · q stops; what arrived stays");
  person.press("q");
  expect(await code).toBe(130);
  await person.sees("2 files are still owed.");
});
