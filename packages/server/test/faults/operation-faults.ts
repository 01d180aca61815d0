import { type ErrorCode, HawserError } from "@hawser/protocol";
import {
  cancel,
  deleteFile,
  finalize,
  initialize,
  look,
  refusalOf,
  type Shipment,
  ship,
  shipWhole,
} from "../power-loss/client.ts";
import { copyExpected, ExpectedFile, type FilePlan } from "../power-loss/expected.ts";
import { findResurrections, findViolations } from "../power-loss/invariants.ts";
import { crashMachine, type Machine, newMachine } from "../power-loss/machine.ts";
import { type Process, type ProcessSettings, startProcess } from "../power-loss/process.ts";
import { goOn } from "../power-loss/simulation.ts";
import { sweepAll } from "../power-loss/workload.ts";
import { createFaultFileSystem, type FaultFileSystem, type FaultPlan } from "../simulation/fault-file-system.ts";
import { seededRandom } from "../simulation/random.ts";
import type { SimFileSystem } from "../simulation/sim-file-system.ts";

export interface FaultFindings {
  /** Operations, of those that the plan counts, until the clients had ended. */
  readonly operations: number;
  /** Codes that clients were refused with, other than those that they asked for. */
  readonly codes: ReadonlySet<ErrorCode>;
  /** Everything that is wrong. */
  readonly violations: readonly string[];
}

/** How often a client asks again before it gives up. */
const attempts = 3;
const patienceMs = 30_000;

const plans: readonly FilePlan[] = [
  { index: 0, sizeBytes: 1_068_577, key: "key-0", isSizeKnown: true, way: "runs", ending: "finalize with sha256" },
  { index: 1, sizeBytes: 90_001, key: null, isSizeKnown: false, way: "runs", ending: "cancel" },
  { index: 2, sizeBytes: 65_537, key: "key-2", isSizeKnown: true, way: "one-shot", ending: "finalize with sha256" },
  { index: 3, sizeBytes: 4_096, key: "key-3", isSizeKnown: true, way: "runs", ending: "delete" },
];

const settings = (): ProcessSettings => ({ random: seededRandom(7), poolBytes: 2 * 1_048_576, maxOpenFiles: 2 });

/** Four clients at work over a file system that fails as planned, then all that can be found wrong. */
export async function liveThrough(plan: FaultPlan): Promise<FaultFindings> {
  const machine = newMachine(1);
  const { powerOff, crash, loseUnsynced } = machine.fileSystem;
  const faulty = createFaultFileSystem(machine.fileSystem, plan);
  const fileSystem: SimFileSystem = Object.assign(faulty, {
    powerOff: powerOff.bind(machine.fileSystem),
    crash: crash.bind(machine.fileSystem),
    loseUnsynced: loseUnsynced.bind(machine.fileSystem),
  });
  const files = plans.map((one) => new ExpectedFile(one));
  const clients = new Clients(files);
  const violations: string[] = [];
  try {
    const trial = liveUnderFaults({ ...machine, fileSystem }, clients, plan, faulty);
    violations.push(...(await patiently(trial)));
    for (const [name, left] of [
      ["a restart", machine],
      ["a power failure", crashMachine(machine, plan.operation)],
    ] as const) {
      const wrong = await patiently(liveOn(left, copyExpected(files)));
      violations.push(...wrong.map((what) => `after ${name}: ${what}`));
    }
  } catch (error) {
    violations.push(describe(error));
  }
  return { operations: clients.operations, codes: clients.codes, violations };
}

/** One process, from its start to the clients' end, and on if the fault has passed. */
async function liveUnderFaults(
  machine: Machine,
  clients: Clients,
  { kind, outcome, lasts }: FaultPlan,
  faulty: FaultFileSystem,
): Promise<string[]> {
  let process: Process;
  try {
    process = await startProcess(machine, settings());
  } catch (error) {
    // A storage that fails while it is probed is not started on; nobody was told anything.
    if (faulty.faults === 0) throw error;
    return [];
  }
  try {
    await clients.work(process);
    clients.operations = faulty.operations;
    const isStruck = faulty.faults > 0;
    const isFenced = await clients.meetsFence(process);
    const isSync = kind === "syncData" || (kind === "syncDirectory" && outcome !== "EMFILE");
    if (isStruck && isSync && !isFenced) return ["a sync failed, and the volume takes more"];
    if (!isFenced && clients.codes.has("storage_fenced")) return ["clients were told of a fence that is not there"];
    if (isFenced || lasts === "forever") return [];
    // Whatever failed has passed: everything goes on as if it had never been.
    return [
      ...(await findViolations(process, clients.files)),
      ...(await goOn(process, clients.files)),
      ...(await fillPool(process)),
    ].map((what) => `in the same process: ${what}`);
  } finally {
    process.life.end();
  }
}

async function liveOn(machine: Machine, files: ExpectedFile[]): Promise<string[]> {
  const process = await startProcess(machine, settings());
  const wrong = [...(await findViolations(process, files)), ...(await findResurrections(process, files))];
  return wrong.length > 0 ? wrong : await goOn(process, files);
}

/** What the clients of a process do, and hear. */
class Clients {
  readonly files: readonly ExpectedFile[];
  readonly codes: Set<ErrorCode> = new Set();
  operations = 0;

  constructor(files: readonly ExpectedFile[]) {
    this.files = files;
  }

  async work(process: Process): Promise<void> {
    const lanes = [this.#sendBroken, this.#sendThenCancel, this.#shoot, this.#sendThenDelete];
    await Promise.all(lanes.map((lane, i) => lane.call(this, process, this.files[i] as ExpectedFile)));
    await this.#insist(() => sweepAll(process));
  }

  /** Whether a chunk that nobody has sent yet is refused because the volume is fenced: twice, so for good. */
  async meetsFence(process: Process): Promise<boolean> {
    const probe = new ExpectedFile({ ...(plans[3] as FilePlan), index: 9, key: null });
    const began = await refusalOf(initialize(process, probe));
    if (began !== undefined) {
      this.codes.add(began.code);
      return false;
    }
    const heard: (ErrorCode | undefined)[] = [];
    for (let times = 0; times < 2; times++) {
      heard.push((await refusalOf(ship(process, probe, { first: 1, last: 1 })))?.code);
    }
    const first = heard[0];
    if (first !== undefined) this.codes.add(first);
    if (first === "storage_fenced" && heard[1] !== first) throw new Error(`A fence gave way to ${heard[1]}`);
    await cancel(process, probe);
    return first === "storage_fenced";
  }

  /** The line breaks within a chunk; what is there is continued. */
  async #sendBroken(process: Process, file: ExpectedFile): Promise<void> {
    if (!(await this.#insist(() => initialize(process, file)))) return;
    await this.#insist(() => ship(process, file, { first: 1, last: 2, breaksAt: 70_000 }), "run_incomplete");
    if (!(await this.#sendMissing(process, file))) return;
    await this.#insist(() => finalize(process, file));
  }

  async #sendThenCancel(process: Process, file: ExpectedFile): Promise<void> {
    if (!(await this.#insist(() => initialize(process, file)))) return;
    await this.#insist(() => ship(process, file, { first: 1, last: 1, partialBytes: 30_000 }));
    await this.#sendMissing(process, file);
    await this.#insist(() => cancel(process, file));
  }

  async #shoot(process: Process, file: ExpectedFile): Promise<void> {
    await this.#insist(() => shipWhole(process, file, null));
  }

  async #sendThenDelete(process: Process, file: ExpectedFile): Promise<void> {
    if (!(await this.#insist(() => initialize(process, file)))) return;
    if (!(await this.#sendMissing(process, file))) return;
    if (!(await this.#insist(() => finalize(process, file)))) return;
    await this.#insist(() => deleteFile(process, file));
  }

  /** Each chunk in two requests at once: where one fails, the other has waited for its claim. */
  async #sendMissing(process: Process, file: ExpectedFile): Promise<boolean> {
    return this.#insist(async () => {
      const { missing, partial } = await look(process, file);
      for (const chunk of missing) {
        const run: Shipment = { first: chunk, last: chunk, offsetBytes: partial.get(chunk) ?? 0 };
        const lanes = await Promise.allSettled([ship(process, file, run), ship(process, file, run)]);
        for (const lane of lanes) if (lane.status === "rejected") throw lane.reason;
      }
    });
  }

  /** Asks again after a refusal, as long as that makes sense; true when it was done. */
  async #insist(step: () => Promise<unknown>, wanted?: ErrorCode): Promise<boolean> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const refusal = await refusalOf(step());
      if (refusal === undefined || refusal.code === wanted) return true;
      this.codes.add(refusal.code);
      if (refusal.code === "storage_fenced") return false;
    }
    return false;
  }
}

/** Takes all memory of the byte room, in every size in which it is lent: a lease that was lost makes this hang. */
async function fillPool(process: Process): Promise<string[]> {
  const files = Array.from({ length: 6 }, (_, i) => {
    return new ExpectedFile({ ...(plans[1] as FilePlan), index: 10 + i, isSizeKnown: true });
  });
  await Promise.all(
    files.map(async (file) => {
      await initialize(process, file);
      await ship(process, file, { first: 1, last: 1, pausesPerPiece: 3 });
    }),
  );
  const [file] = files as [ExpectedFile];
  const other = new ExpectedFile({ ...file.plan, index: 20 });
  await initialize(process, other);
  // A continued chunk is gathered whole, and waits for memory.
  await ship(process, other, { first: 1, last: 1, partialBytes: 30_000 });
  await ship(process, other, { first: 1, last: 1, offsetBytes: 30_000 });
  return findViolations(process, [...files, other]);
}

async function patiently<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("It hangs: a claim or a lease was not returned.")), patienceMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function describe(error: unknown): string {
  return error instanceof HawserError ? `${error.code}: ${error.message}` : String((error as Error).stack ?? error);
}
