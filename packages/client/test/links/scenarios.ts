import { seededRandom } from "../../src/testing/seeded-random.ts";

/** From `fromMs` on, until the next step, the line carries so much upwards. */
export interface CapacityStep {
  readonly fromMs: number;
  readonly bytesPerSecond: number;
}

/**
 * The line carries nothing for a while. `reset`: connections break, and both ends know. `silent`: they are dead, and
 * nobody is told. `outage`: they live on.
 */
export interface Cut {
  readonly atMs: number;
  readonly lastsMs: number;
  readonly kind: "reset" | "silent" | "outage";
}

/** One line and one file. All of it follows from the seed. */
export interface LinkScenario {
  readonly name: string;
  readonly seed: number;
  /** In rising order, the first one at 0; the last one lasts for ever. */
  readonly capacity: readonly CapacityStep[];
  /** There and back again. */
  readonly rttMs: number;
  /** Most bytes of one connection on their way. */
  readonly windowBytes: number;
  /** In rising order, none into another. */
  readonly cuts: readonly Cut[];
  readonly fileBytes: number;
}

const mib = 1_048_576;
/** Longer than any client that is worth showing needs. */
const horizonMs = 900_000;
const stepMs = 3_000;
/** What current systems let one connection grow to. */
const windowBytes = 4 * mib;

const rates = [
  { name: "350 kbit/s", bytesPerSecond: 43_750, fileBytes: 2.5 * mib },
  { name: "2 Mbit/s", bytesPerSecond: 250_000, fileBytes: 10 * mib },
  { name: "16 Mbit/s", bytesPerSecond: 2_000_000, fileBytes: 80 * mib },
  { name: "100 Mbit/s", bytesPerSecond: 12_500_000, fileBytes: 256 * mib },
] as const;
const roundTripsMs = [20, 200, 700] as const;

/** 24 lines: four rates, three round trips, with and without cuts. */
export const linkScenarios: readonly LinkScenario[] = rates.flatMap((rate, r) =>
  roundTripsMs.flatMap((rttMs, t) =>
    [false, true].map((hasCuts, c) => {
      const seed = 1 + c + 2 * (t + roundTripsMs.length * r);
      const random = seededRandom(seed);
      return {
        name: `${rate.name}, ${rttMs} ms${hasCuts ? ", cuts" : ""}`,
        seed,
        capacity: wavering(rate.bytesPerSecond, random),
        rttMs,
        windowBytes,
        cuts: hasCuts ? seldomCut(random) : [],
        fileBytes: rate.fileBytes,
      };
    }),
  ),
);

/** Around its rate, as a line is that others use too. */
function wavering(bytesPerSecond: number, random: () => number): CapacityStep[] {
  const steps: CapacityStep[] = [];
  for (let fromMs = 0; fromMs < horizonMs; fromMs += stepMs) {
    steps.push({ fromMs, bytesPerSecond: Math.round(bytesPerSecond * (0.7 + 0.6 * random())) });
  }
  return steps;
}

/** About two a minute. */
function seldomCut(random: () => number): Cut[] {
  const kinds = ["reset", "silent", "outage"] as const;
  const cuts: Cut[] = [];
  for (let atMs = 0; atMs < horizonMs; ) {
    atMs += Math.round(12_000 + 32_000 * random());
    const lastsMs = Math.round(300 + 2_700 * random());
    cuts.push({ atMs, lastsMs, kind: kinds[Math.floor(random() * kinds.length)] ?? "reset" });
    atMs += lastsMs;
  }
  return cuts;
}

/** The cut at this moment. */
export function cutAt({ cuts }: LinkScenario, atMs: number): Cut | undefined {
  return cuts.find((cut) => cut.atMs <= atMs && atMs < cut.atMs + cut.lastsMs);
}

/** Bytes per millisecond that the line carries at this moment. */
export function capacityAt(scenario: LinkScenario, atMs: number): number {
  if (cutAt(scenario, atMs) !== undefined) return 0;
  const { capacity } = scenario;
  let step = 0;
  while ((capacity[step + 1]?.fromMs ?? Number.POSITIVE_INFINITY) <= atMs) step++;
  return (capacity[step]?.bytesPerSecond ?? 0) / 1_000;
}

/**
 * How long nobody could be quicker: all that the line carries from the first moment on, without a byte too many. It
 * pays what cannot be had for nothing: the connection's handshake, the way there and back, and the outages.
 */
export function oracleMs(scenario: LinkScenario): number {
  const tickMs = 10;
  let atMs = scenario.rttMs;
  for (let leftBytes = scenario.fileBytes; leftBytes > 0; atMs += tickMs) {
    leftBytes -= capacityAt(scenario, atMs) * tickMs;
  }
  return atMs + scenario.rttMs;
}
