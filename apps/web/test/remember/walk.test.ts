import { seededRandom } from "@hawser/client/testing";
import { test } from "vitest";
import { openStage } from "./in-test.ts";
import { chunk } from "./stage.ts";
import { Walk } from "./walk.ts";

test("[S18] [R8] [X4] whatever happens in whatever order, each file is exact or the page says why not", async (context) => {
  // The same each time here, so that a red run means a change; HAWSER_SEED draws another.
  const seed = Number(process.env.HAWSER_SEED ?? 643_853);
  console.log(`HAWSER_SEED=${seed}`);
  const stage = await openStage(context);
  stage.way.limit(4 * chunk);
  const walk = new Walk(stage, seededRandom(seed));
  for (let step = 0; step < 30; step++) await walk.take();
  await walk.finish();
});
