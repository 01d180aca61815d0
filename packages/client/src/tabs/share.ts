import type { Priority } from "@hawser/protocol";

/** What one tab has to send, and what it may. */
export interface Demand {
  /** Uploads that wait for a place, by priority. */
  readonly waiting: Readonly<Record<Priority, number>>;
  /** Places that are taken now. */
  readonly travelling: number;
  /** When the first of those that wait was added, milliseconds since 1970; null when none waits. */
  readonly since: number | null;
  /** Places that it may take: its share as it last heard of it. */
  readonly places: number;
}

/** In the order in which they are served. */
const priorities: readonly Priority[] = ["high", "normal", "low"];

/**
 * How many places each tab may take, so that all tabs together never take more than `capacity`. Nobody is stopped who
 * travels: a share that shrinks is free for others once its uploads have ended.
 *
 * Each place goes to the tab whose turn it would be in one queue for all: by priority, then one each in the order in
 * which their first ones were added. What nobody waits for stays with whoever travels, then with the first tab.
 * @param demands first the tab that decides, whose own share holds at once; the others' shares hold until they say so
 */
export function sharePlaces(capacity: number, demands: readonly Demand[]): readonly number[] {
  const wanted = wantedPlaces(capacity, demands);
  const taken = demands.map(({ travelling, places }, tab) =>
    Math.max(travelling, tab === 0 ? Math.min(places, wanted[0] as number) : places),
  );
  let free = capacity - taken.reduce((sum, places) => sum + places, 0);
  return wanted.map((places, tab) => {
    const more = Math.min(Math.max(0, places - (taken[tab] as number)), Math.max(0, free));
    free -= more;
    return Math.min(places, (taken[tab] as number) + more);
  });
}

/** The share of each tab if all shares could change at once. */
function wantedPlaces(capacity: number, demands: readonly Demand[]): number[] {
  const wanted = demands.map(() => 0);
  let left = capacity;
  const give = (tab: number, places: number) => {
    wanted[tab] = (wanted[tab] as number) + places;
    left -= places;
  };
  const order = [...demands.keys()].sort((a, b) => sinceOf(demands[a]) - sinceOf(demands[b]));
  for (const priority of priorities) {
    const waiting = demands.map((demand) => demand.waiting[priority]);
    while (left > 0 && waiting.some((count) => count > 0)) {
      for (const tab of order) {
        if (left === 0 || waiting[tab] === 0) continue;
        waiting[tab] = (waiting[tab] as number) - 1;
        give(tab, 1);
      }
    }
  }
  for (const tab of order) {
    const { travelling } = demands[tab] as Demand;
    give(tab, Math.min(left, Math.max(0, travelling - (wanted[tab] as number))));
  }
  give(0, left);
  return wanted;
}

function sinceOf(demand: Demand | undefined): number {
  return demand?.since ?? Number.MAX_SAFE_INTEGER;
}

/**
 * The part of a common limit that each tab may use, from 0 to 1: equal parts for those that have something to send. One
 * that has nothing gets such a part too, so that it may begin at once; it is dealt with again then.
 */
export function sharePart(demands: readonly Demand[]): number {
  const busy = demands.filter(({ travelling, since }) => travelling > 0 || since !== null).length;
  return 1 / Math.max(1, busy);
}
