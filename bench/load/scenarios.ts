import { seededRandom } from "@hawser/client/testing";
import { type CapacityStep, type Cut, type Line, leftAtMs } from "./line.ts";

/** A file and the line that it has to go over. All of it follows from the seed. */
export interface LinkScenario {
  readonly name: string;
  readonly seed: number;
  readonly rttMs: number;
  readonly capacity: readonly CapacityStep[];
  readonly cuts: readonly Cut[];
  readonly fileBytes: number;
}

/** Every file is what its line can carry in about this time. */
const carriedMs = 10_000;
/** Longer than anybody may need. */
const horizonMs = 60_000;
const stepMs = 3_000;
/** Ten segments, as TCP begins with (RFC 6928), and what current systems let one connection grow to. */
const firstWindowBytes = 14_600;
const windowBytes = 4 * 1_048_576;

const rates = [
  { name: "350 kbit/s", bytesPerSecond: 43_750 },
  { name: "2 Mbit/s", bytesPerSecond: 250_000 },
  { name: "16 Mbit/s", bytesPerSecond: 2_000_000 },
  { name: "100 Mbit/s", bytesPerSecond: 12_500_000 },
] as const;
const roundTripsMs = [20, 200, 700] as const;

/**
 * Four rates, three round trips, with and without cuts: the lines of the client's simulation, with files that take ten
 * seconds and cuts that come as often as that needs.
 */
export const scenarios: readonly LinkScenario[] = rates.flatMap(({ name, bytesPerSecond }, rate) =>
  roundTripsMs.flatMap((rttMs, roundTrip) =>
    [false, true].map((hasCuts, cut) => {
      const seed = 1 + cut + 2 * (roundTrip + roundTripsMs.length * rate);
      const random = seededRandom(seed);
      return {
        name: `${name}, ${rttMs} ms${hasCuts ? ", cuts" : ""}`,
        seed,
        rttMs,
        capacity: wavering(bytesPerSecond, random),
        cuts: hasCuts ? frequentCuts(random) : [],
        fileBytes: (bytesPerSecond * carriedMs) / 1_000,
      };
    }),
  ),
);

export function lineOf({ rttMs, capacity, cuts }: LinkScenario): Line {
  return { rttMs, capacity, cuts, windowBytes, firstWindowBytes };
}

/**
 * The shortest time in which the file can be there and its sender know it: somebody who knows the line in advance fills
 * it from the first round trip on, loses nothing at a cut, and waits for the last answer.
 */
export function oracleMs({ rttMs, capacity, cuts, fileBytes }: LinkScenario): number {
  return leftAtMs({ capacity, cuts }, rttMs, fileBytes) + rttMs;
}

/** Around its rate, as a line is that others use too. */
function wavering(bytesPerSecond: number, random: () => number): CapacityStep[] {
  return Array.from({ length: horizonMs / stepMs }, (_, index) => ({
    fromMs: index * stepMs,
    bytesPerSecond: bytesPerSecond * (0.7 + 0.6 * random()),
  }));
}

/** One in every file, and now and then a second one. */
function frequentCuts(random: () => number): Cut[] {
  const kinds = ["reset", "silent", "outage"] as const;
  const cuts: Cut[] = [];
  for (let atMs = 2_000 + 4_000 * random(); atMs < horizonMs; atMs += 8_000 + 12_000 * random()) {
    const lastsMs = 300 + 1_200 * random();
    cuts.push({ atMs, lastsMs, kind: kinds[Math.floor(random() * kinds.length)] ?? "reset" });
  }
  return cuts;
}
