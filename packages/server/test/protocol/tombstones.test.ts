import { afterEach, expect, test } from "vitest";
import { createApi } from "../../src/http/api.ts";
import { memoryStorage, times, World } from "../model/world.ts";

let world: World;
afterEach(() => world.close());

/** The JSON API over a server whose clock stands still until the test lets time pass. */
async function open() {
  world = await World.open(memoryStorage());
  const errors: unknown[] = [];
  const api = createApi({ domain: world.domain, bytes: world.room }, (error) => errors.push(error));
  const ask = async (method: string, path: string, body: object | null = null, key: string | null = null) => {
    const headers = {
      host: "localhost",
      "content-type": "application/json",
      ...(key === null ? {} : { "idempotency-key": key }),
    };
    const answer = await api({ owner: "local", method, path, query: "", headers, body: body && JSON.stringify(body) });
    expect(errors).toEqual([]);
    return { ...(answer.body === "" ? {} : JSON.parse(answer.body)), status: answer.status };
  };
  const pass = async (ms: number) => {
    for (const passing of [ms, times.markMs, times.markMs]) {
      world.clock.advance(passing);
      for (let more = true; more; ) ({ more } = await world.domain.sweep());
      await world.settle();
    }
  };
  return { ask, pass };
}

test("[R6] an upload that nobody continues expires after seven days, is 410 for thirty more, then 404", async () => {
  const { ask, pass } = await open();
  const { id } = await ask("POST", "/uploads/initialize", { filename: "f", size: 5 }, "key");
  expect((await ask("GET", `/uploads/${id}`)).expiresAt).toBe("2026-01-08T00:00:00.000Z");
  await pass(times.expiryMs - 4 * times.hourMs);
  expect((await ask("GET", `/uploads/${id}/resume`)).status).toBe(200);
  await pass(4 * times.hourMs);
  for (const path of [`/uploads/${id}`, `/uploads/${id}/resume`, `/uploads/${id}/manifest`]) {
    expect(await ask("GET", path)).toMatchObject({ status: 410, code: "gone", state: "expired" });
  }
  expect(await ask("DELETE", `/uploads/${id}`)).toMatchObject({ status: 410, code: "gone" });
  expect(await ask("POST", "/uploads/initialize", { filename: "f", size: 5 }, "key")).toMatchObject({
    status: 200,
    id,
    state: "expired",
  });
  await pass(times.tombstoneMs);
  expect(await ask("GET", `/uploads/${id}`)).toMatchObject({ status: 404, code: "not_found" });
  expect(await ask("POST", "/uploads/initialize", { filename: "f", size: 5 }, "key")).toMatchObject({
    status: 201,
    state: "active",
  });
});

test("[R6] what was cancelled, and a file that was deleted, are 410 for thirty days, then 404; a file stays", async () => {
  const { ask, pass } = await open();
  const begin = async () => (await ask("POST", "/uploads/initialize", { filename: "f", size: 0 })).id as string;
  const [cancelled, deleted, kept] = [await begin(), await begin(), await begin()];
  await ask("DELETE", `/uploads/${cancelled}`);
  await ask("POST", `/uploads/${deleted}/finalize`);
  await ask("POST", `/uploads/${kept}/finalize`);
  expect((await ask("DELETE", `/files/${deleted}`)).status).toBe(204);
  await pass(times.tombstoneMs - 4 * times.hourMs);
  expect((await ask("GET", `/uploads/${cancelled}`)).status).toBe(410);
  expect((await ask("DELETE", `/files/${deleted}`)).status).toBe(410);
  // The upload that was completed can be looked at: it says when its file was deleted.
  expect(await ask("GET", `/uploads/${deleted}`)).toMatchObject({
    status: 200,
    state: "completed",
    deletedAt: "2026-01-01T00:00:00.000Z",
  });
  await pass(4 * times.hourMs);
  expect((await ask("GET", `/uploads/${cancelled}`)).status).toBe(404);
  expect((await ask("GET", `/uploads/${deleted}`)).status).toBe(404);
  expect((await ask("DELETE", `/files/${deleted}`)).status).toBe(404);
  await pass(400 * times.dayMs);
  expect(await ask("GET", `/uploads/${kept}`)).toMatchObject({ status: 200, state: "completed", file: { id: kept } });
});
