import { expect, test } from "vitest";
import { createStage, owner } from "../../test/support/domain-stage.ts";
import { createMemoryLedger } from "../adapters/memory/ledger.ts";

test("[S7] every change is told once, in order, after it is durable, and none of before the start", async () => {
  const ledger = createMemoryLedger();
  const before = createStage({}, { ledger });
  await before.begin(0);
  const stage = createStage({}, { ledger });
  const ids = await Promise.all([stage.begin(0), stage.begin(0), stage.begin(0)]);
  for (const id of ids) await stage.domain.finalize(owner, id, {});
  await stage.settle();
  const rows = await ledger.read((reader) => reader.eventsAfter(1, 100));
  expect(stage.events).toEqual(rows);
  expect(stage.events.map(({ kind }) => kind)).toEqual([
    ...["created", "created", "created"],
    ...["assembly_started", "completed", "assembly_started", "completed", "assembly_started", "completed"],
  ]);
});
