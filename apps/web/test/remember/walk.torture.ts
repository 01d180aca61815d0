import { seededRandom } from "@hawser/client/testing";
import { test } from "vitest";
import { openStage } from "./in-test.ts";
import { chunk } from "./stage.ts";
import { Walk } from "./walk.ts";

const minutes = Number(process.env.HAWSER_TORTURE_MINUTES ?? "10");

test("[S18] [R8] [X4] whatever happens in whatever order, for long: each file is exact or the page says why not", async (context) => {
  const deadline = performance.now() + minutes * 60_000;
  const first = Number(process.env.HAWSER_SEED ?? Date.now() % 1_000_000);
  for (let seed = first; performance.now() < deadline; seed++) {
    console.log(`HAWSER_SEED=${seed}`);
    const stage = await openStage(context);
    stage.way.limit(4 * chunk);
    const walk = new Walk(stage, seededRandom(seed));
    for (let step = 0; step < 60; step++) await walk.take();
    await walk.finish();
    await stage.close();
  }
});
