import { expect, test } from "vitest";
import { bytesOf } from "../e2e/stage.ts";
import { expectExact, expectFewTwice, openStage } from "./in-test.ts";
import { chunk } from "./stage.ts";

const sizeBytes = 5 * chunk + 77;
const content = bytesOf(sizeBytes, "stage");

test("[R8] [S5] one life of a page, through a cut line, refusals and a killed server: exact, and little travels twice", async (context) => {
  const stage = await openStage(context);
  const path = await stage.file("a.bin", content);
  const tab = await stage.tab();
  stage.way.limit(4 * chunk);
  const restarting = Promise.withResolvers<void>();
  stage.way.whenUp(chunk, () => stage.way.cut());
  stage.way.whenUp(3 * chunk, () => {
    stage.way.set({ status: 503 });
    void stage.server
      .kill()
      .then(() => stage.server.start())
      .then(() => stage.way.set("open"))
      .then(restarting.resolve, restarting.reject);
  });
  await tab.pick(path);
  await restarting.promise;
  stage.way.limit(null);
  await stage.untilStored("a.bin");
  const id = await expectExact(stage, "a.bin", content);
  expectFewTwice(stage, id, sizeBytes, 2);
  const { chunkBytes } = stage.way.travelled(id);
  expect([...chunkBytes.keys()].sort()).toEqual([1, 2, 3, 4, 5, 6]);
});
