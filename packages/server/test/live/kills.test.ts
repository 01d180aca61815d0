import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subject } from "@hawser/protocol";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { type Client, NoAnswerError } from "../kills/client.ts";
import { endServers, ServerProcess } from "../kills/server-process.ts";
import { randomIndex, seededRandom } from "../simulation/random.ts";
import { readLedgerEvents } from "../support/live-server.ts";
import { runRequest } from "../support/run-request.ts";
import { WatchClient } from "../support/watch-client.ts";
import { Person } from "./person.ts";

/** Another one each time; `HAWSER_LIVE_SEED` replays. */
// The same each time here, so that a red run means a change; HAWSER_LIVE_SEED draws another.
const seed = Number(process.env.HAWSER_LIVE_SEED ?? 512_077);
const lives = 4;
const size = 1_048_576 + 5;

afterAll(endServers);

interface Named {
  readonly id: string;
}

/** Begins uploads and brings them to their ends until the server dies. */
async function keepBusy(client: Client, onStep: () => void): Promise<void> {
  const json = async (method: string, path: string, body?: object) => {
    const answer = await client.send({ method, path, body });
    onStep();
    return answer;
  };
  try {
    for (let n = 0; ; n++) {
      const bundle = n % 2 === 0 ? { bundle: { id: "trip", position: n } } : {};
      const begun = await json("POST", "/uploads/initialize", { filename: "f", size, ...bundle });
      const { id } = begun.json<Named>();
      if (n % 3 === 2) {
        await json("DELETE", `/uploads/${id}`);
        continue;
      }
      const { headers, body } = runRequest(id, "1-2", "a", size);
      await client.send({
        method: "PUT",
        path: `/uploads/${id}/chunks/1-2`,
        headers: headers as Record<string, string>,
        body,
      });
      onStep();
      await json("POST", `/uploads/${id}/finalize`, n % 3 === 1 ? { sha256: "00".repeat(32) } : {});
    }
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
  }
}

test("[S7] [R8] through kills and restarts of the server its watchers miss no change", async () => {
  console.log(`Replay: HAWSER_LIVE_SEED=${seed}`);
  const random = seededRandom(seed);
  const folder = await mkdtemp(join(tmpdir(), "hawser-live-kills-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const dataDir = join(folder, "data");
  const options = { dataDir, compileCache: join(folder, "cache"), clockAheadMs: 0 };
  let server = await ServerProcess.start(options);
  const subjects: Subject[] = ["uploads", "uploads", "bundle:trip", "bundle:trip"];
  const people = subjects.map((subject) => new Person(subject, () => WatchClient.open(server.port)));
  onTestFinished(async () => void (await Promise.all(people.map((person) => person.leave()))));
  await Promise.all(people.map((person) => person.untilShown()));
  for (let life = 1; life <= lives; life++) {
    let left = 10 + randomIndex(random, 40);
    const kill = () => {
      if (--left === 0) server.kill();
    };
    await Promise.all([keepBusy(server.client, kill), keepBusy(server.client, kill)]);
    await server.untilDead();
    server = await ServerProcess.start(options);
  }
  const { id } = (
    await server.client.send({
      method: "POST",
      path: "/uploads/initialize",
      body: { filename: "last", size, bundle: { id: "trip", position: 0 } },
    })
  ).json<Named>();
  const rows = readLedgerEvents(dataDir);
  expect(rows.at(-1)?.id).toBe(id);
  expect(new Set(rows.map(({ kind }) => kind)).size).toBeGreaterThan(4);
  await Promise.all(people.map((person) => person.untilTold(rows.at(-1)?.seq as number)));
  for (const person of people) {
    expect(person.connections).toBeGreaterThan(lives);
    person.expectAll(rows);
  }
  await Promise.all(people.map((person) => person.leave()));
  await server.stop();
});
