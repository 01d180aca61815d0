import type { EventBus } from "../ports/event-bus.ts";
import type { Bell } from "../ports/live.ts";

/**
 * Rings the bell at the other thread for what the bus tells, while somebody watches; costs nothing else.
 * @returns switches it on and off
 */
export function createBellRope(bus: EventBus, ring: (bell: Bell) => void): (isWatched: boolean) => void {
  let letGo: (() => void)[] = [];
  return (isWatched) => {
    for (const end of letGo) end();
    letGo = isWatched
      ? [
          bus.subscribe((events) => ring({ seq: events.at(-1)?.seq ?? 0, progress: [] })),
          bus.followProgress((progress, seq) => ring({ seq, progress })),
        ]
      : [];
  };
}
