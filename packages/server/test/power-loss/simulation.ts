import { HawserError } from "@hawser/protocol";
import { pick, type Random, randomIndex, seededRandom } from "../simulation/random.ts";
import { finalize, initialize } from "./client.ts";
import { copyExpected, type Expected, type ExpectedFile } from "./expected.ts";
import { findLeftovers, findResurrections, findViolations } from "./invariants.ts";
import { crashMachine, type Machine, newMachine } from "./machine.ts";
import { type Process, type ProcessSettings, startProcess } from "./process.ts";
import { passTime, planFiles, sendFile, sendMissing, sweepAll, sweepAlong } from "./workload.ts";

/** Where power failed, and how: enough to make it fail there again. */
export interface Place {
  readonly seed: number;
  /** The operation of the workload before which power failed. */
  readonly operation: number;
  /** Which of the states that may be found then. */
  readonly damage: number;
  /** The operation after the restart before which it failed again. */
  readonly again?: number;
}

export interface Violation {
  readonly place: Place;
  readonly what: readonly string[];
}

export interface Findings {
  /** Crash states that were started from and looked at. */
  readonly states: number;
  readonly violations: readonly Violation[];
}

interface Moment {
  readonly place: Place;
  readonly machine: Machine;
  readonly expected: Expected;
}

/** Crash states drawn at each operation, but before those that nothing durable can depend on. */
const damages = 2;
const idle = /^(?:read|listDirectory|capacity|close|apply) /;
/** Of the restarts, those in which power fails again. */
const againShare = 1 / 8;
const operationsOfRestart = 60;

export const formatPlace = ({ seed, operation, damage, again }: Place): string =>
  [seed, operation, damage, ...(again === undefined ? [] : [again])].join(":");

/** @throws when `text` is no place as {@link formatPlace} writes it */
export function parsePlace(text: string): Place {
  const [seed, operation, damage, again] = text.split(":").map(Number);
  if (![seed, operation, damage].every(Number.isSafeInteger)) throw new Error(`"${text}" is no place.`);
  const place = { seed: seed as number, operation: operation as number, damage: damage as number };
  return again === undefined ? place : { ...place, again };
}

export interface SimulationOptions {
  /** Looks at one state alone. */
  readonly only?: Place;
  /** The share of the operations before which power fails. Default: 1, all of them. */
  readonly share?: number;
  /** Asked after each state whether it is enough. */
  readonly stop?: (findings: Findings) => boolean;
}

/**
 * Runs one workload and, from every state in which a power failure may have left the machine, starts the server anew
 * and looks whether everything that was acknowledged is there.
 */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<Findings> {
  const { only, stop = () => false } = options;
  const { moments, failure } = await liveThrough(seed, options);
  const violations: Violation[] = failure === undefined ? [] : [failure];
  let states = 0;
  for (let moment = moments.shift(); moment !== undefined; moment = moments.shift()) {
    const { what, again } = await examine(moment, only);
    if (again !== undefined) moments.unshift(again);
    if (only !== undefined && only.again !== moment.place.again) continue;
    states++;
    if (what.length > 0) violations.push({ place: moment.place, what });
    if (stop({ states, violations })) break;
  }
  return { states, violations };
}

/** A workload over one machine: a process or several, clients at work, then time that passes. */
async function liveThrough(
  seed: number,
  { only, share = 1 }: SimulationOptions,
): Promise<{ moments: Moment[]; failure?: Violation }> {
  const random = seededRandom(seed * 7_919 + 13);
  const machine = newMachine(seed);
  const crowded = random() < 0.3;
  const lifetime: Lifetime = { random, machine, crowded, files: planFiles(random, crowded), kill: () => {} };
  const killAt = random() < 0.5 ? 20 + randomIndex(random, 150) : undefined;
  const moments: Moment[] = [];
  machine.meter.watch = (operation, what) => {
    for (let damage = 0; damage < damages && !idle.test(what); damage++) {
      if (only !== undefined && (only.operation !== operation || only.damage !== damage)) continue;
      const place = { seed, operation, damage };
      if (only === undefined && seededRandom(seedOf(place) + 2)() >= share) continue;
      moments.push({ place, machine: crashMachine(machine, seedOf(place)), expected: copyExpected(lifetime.files) });
    }
    if (operation === killAt) lifetime.kill();
  };
  try {
    await runProcesses(lifetime, killAt === undefined);
    machine.meter.pass("the end");
    return { moments };
  } catch (error) {
    const place = { seed, operation: machine.meter.count, damage: 0 };
    return { moments, failure: { place, what: [`before any power failure: ${describe(error)}`] } };
  } finally {
    machine.meter.watch = undefined;
  }
}

interface Lifetime {
  readonly random: Random;
  readonly machine: Machine;
  readonly crowded: boolean;
  files: ExpectedFile[];
  /** Ends the process that runs, unless it is the last one. */
  kill: () => void;
}

async function runProcesses(lifetime: Lifetime, isCalm: boolean): Promise<void> {
  const { random, machine, crowded } = lifetime;
  const trouble = pickTrouble(random);
  const maxOpenFiles = crowded ? 1 : pick(random, [1, 2, 256]);
  const common = { random, poolBytes: pick(random, [2, 2, 8]) * 1_048_576, maxOpenFiles };
  let process = await startProcess(machine, { ...common, ...trouble });
  for (let startsLeft = isCalm && trouble === undefined ? 0 : 2; startsLeft > 0; startsLeft--) {
    lifetime.kill = () => process.life.end();
    await work(process, lifetime.files);
    // Also a process that was not killed, but fenced: its clients have given up.
    process.life.end();
    lifetime.files = copyExpected(lifetime.files);
    process = await startProcess(machine, common);
  }
  lifetime.kill = () => {};
  await work(process, lifetime.files);
  await passTime(process, lifetime.files);
}

/** What fails under the first process, if anything does. */
function pickTrouble(random: Random): Partial<ProcessSettings> | undefined {
  const kind = pick(random, ["none", "sync", "sync", "close", "commit", "commit"] as const);
  if (kind === "none") return undefined;
  // The first syncs and the first close are those of the start.
  if (kind === "sync") return { failure: { at: "sync", call: 5 + randomIndex(random, 24) } };
  if (kind === "close") return { failure: { at: "close", call: 2 + randomIndex(random, 8) } };
  return { failingCommit: { commit: 1 + randomIndex(random, 16), isDurable: random() < 0.5 } };
}

/** Lets all clients work until they are done, or the process was killed. */
async function work(process: Process, files: readonly ExpectedFile[]): Promise<void> {
  const clients = Promise.all([...files.map((file) => sendFile(process, file)), sweepAlong(process)]);
  await Promise.race([clients, process.life.ended]);
}

/** Starts from a state: all is there, all can be finished, and nothing is left behind. */
async function examine(moment: Moment, only: Place | undefined): Promise<{ what: string[]; again?: Moment }> {
  const { machine, place } = moment;
  const expected = copyExpected(moment.expected);
  const random = seededRandom(seedOf(place) + 1);
  const againAt = chooseAgain(place, only, random);
  let again: Moment | undefined;
  machine.meter.watch = (operation) => {
    if (operation !== againAt) return;
    const later = { ...place, again: operation };
    again = { place: later, machine: crashMachine(machine, seedOf(later)), expected: copyExpected(expected) };
  };
  const settings: ProcessSettings = { random, poolBytes: 2 * 1_048_576, maxOpenFiles: 2 };
  const what: string[] = [];
  try {
    const process = await startProcess(machine, settings);
    what.push(...(await findViolations(process, expected)), ...(await findResurrections(process, expected)));
    if (what.length === 0) what.push(...(await goOn(process, expected)));
  } catch (error) {
    what.push(describe(error));
  }
  machine.meter.watch = undefined;
  return again === undefined ? { what } : { what, again };
}

function chooseAgain(place: Place, only: Place | undefined, random: () => number): number | undefined {
  if (place.again !== undefined) return undefined;
  const chosen = random() < againShare ? 1 + randomIndex(random, operationsOfRestart) : undefined;
  return only === undefined ? chosen : only.again;
}

/** Everybody finishes what was begun, and the sweep removes the rest. */
export async function goOn(process: Process, expected: Expected): Promise<string[]> {
  const { uploads, keysById } = process.machine.ledgerFile.committed;
  for (const file of expected) {
    // Who heard nothing asks again with the same key.
    if (file.id === null && file.plan.way === "runs" && file.plan.key !== null) await initialize(process, file);
    else if (file.id === null) continue;
    const record = uploads.get(keysById.get(file.id as string) ?? 0)?.record;
    if (record !== undefined && record.state !== "active") continue;
    if (file.told === "ended" || file.told === "deleted" || record === undefined) continue;
    if (!(await sendMissing(process, file, true))) return [`${file.name}: chunks stay missing`];
    await finalize(process, file);
  }
  await sweepAll(process);
  return [...(await findViolations(process, expected)), ...(await findLeftovers(process))];
}

function describe(error: unknown): string {
  return error instanceof HawserError ? `${error.code}: ${error.message}` : String(error);
}

function seedOf({ seed, operation, damage, again = 0 }: Place): number {
  return ((seed * 1_000 + operation) * 8 + damage) * 64 + again;
}
