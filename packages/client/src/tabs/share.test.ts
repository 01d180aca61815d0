import fc from "fast-check";
import { expect, test } from "vitest";
import { type Demand, sharePart, sharePlaces } from "./share.ts";

const none = { high: 0, normal: 0, low: 0 };
const demand = (waiting: Partial<Demand["waiting"]>, rest: Partial<Demand> = {}): Demand => ({
  waiting: { ...none, ...waiting },
  travelling: 0,
  since: Object.keys(waiting).length > 0 ? 1 : null,
  places: 0,
  ...rest,
});

test("[X4] a tab alone has all places, whether it needs them or not", () => {
  expect(sharePlaces(3, [demand({})])).toEqual([3]);
  expect(sharePlaces(3, [demand({ normal: 9 }, { travelling: 3, places: 3 })])).toEqual([3]);
});

test("[X4] places go to higher priorities first, then one each in the order of arrival", () => {
  expect(sharePlaces(3, [demand({ normal: 9 }, { since: 5 }), demand({ normal: 9 }, { since: 2 })])).toEqual([1, 2]);
  expect(sharePlaces(3, [demand({ normal: 9 }, { since: 1 }), demand({ high: 2, normal: 9 }, { since: 2 })])).toEqual([
    1, 2,
  ]);
  expect(sharePlaces(1, [demand({ low: 1 }, { since: 1 }), demand({ normal: 1 }, { since: 2 })])).toEqual([0, 1]);
});

test("[X4] nobody who travels is stopped: the place is free for others when it has been given back", () => {
  const busy = demand({ normal: 5 }, { since: 9, travelling: 3, places: 3 });
  const eager = demand({ normal: 5 }, { since: 1 });
  // Its share shrinks at once, so that what ends is not followed by another of its own.
  expect(sharePlaces(3, [busy, eager])).toEqual([1, 0]);
  expect(sharePlaces(3, [{ ...busy, travelling: 2, places: 1 }, eager])).toEqual([1, 1]);
  expect(
    sharePlaces(3, [
      { ...busy, travelling: 1, places: 1 },
      { ...eager, travelling: 1, places: 1 },
    ]),
  ).toEqual([1, 2]);
});

/** A tab as the leader and the tab itself know it, with the message that is on its way to it. */
interface Tab {
  waiting: number;
  travelling: number;
  places: number;
  told: number | null;
}

test("[X4] [V2] however messages and uploads come and go, all tabs together never take more than there is", () => {
  const event = fc.record({ tab: fc.nat(3), what: fc.constantFrom("add", "set out", "end", "hear", "deal") });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(event, { maxLength: 200 }), (capacity, events) => {
      const tabs: Tab[] = Array.from({ length: 4 }, () => ({ waiting: 0, travelling: 0, places: 0, told: null }));
      for (const { tab: index, what } of events) {
        const tab = tabs[index] as Tab;
        if (what === "add") tab.waiting++;
        if (what === "set out" && tab.waiting > 0 && tab.travelling < tab.places) {
          tab.waiting--;
          tab.travelling++;
        }
        if (what === "end" && tab.travelling > 0) tab.travelling--;
        if (what === "hear" && tab.told !== null) {
          tab.places = tab.told;
          tab.told = null;
        }
        if (what === "deal") {
          const demands = tabs.map(({ waiting, travelling, places, told }, since) =>
            demand({ normal: waiting }, { travelling, since, places: Math.max(places, told ?? 0) }),
          );
          sharePlaces(capacity, demands).forEach((places, at) => {
            const each = tabs[at] as Tab;
            if (at === 0) each.places = places;
            else if (each.told === null && places !== each.places) each.told = places;
          });
        }
        expect(tabs.reduce((sum, { travelling }) => sum + travelling, 0)).toBeLessThanOrEqual(capacity);
      }
    }),
    { numRuns: 300 },
  );
});

test("[X4] a limit is shared by those that have something to send", () => {
  const idle = demand({});
  const busy = demand({ normal: 1 });
  expect(sharePart([idle])).toBe(1);
  expect(sharePart([idle, busy])).toBe(1);
  expect(sharePart([busy, busy, idle])).toBe(0.5);
});
