import fc from "fast-check";
import { test } from "vitest";
import { withEmbeddedStorage } from "./embedded-storage.ts";
import { serverAgainstReference } from "./model.ts";
import { memoryStorage } from "./world.ts";

test("[S8] [S4] [R5] [R6] [R7] [R9] whatever comes in whatever order, the server does what the reference does", async () => {
  const property = serverAgainstReference((work) => work(memoryStorage()), 60);
  await fc.assert(property, { numRuns: 500 });
});

test("[S8] [S4] [R5] [R6] [R7] [R9] the same over disk and SQLite, which outlive each restart", async () => {
  const property = serverAgainstReference(withEmbeddedStorage, 60);
  await fc.assert(property, { numRuns: 25 });
});
