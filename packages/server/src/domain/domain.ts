import type { Sha256, VerifyResponse } from "@hawser/protocol";
import type { ByteKeeper } from "../ports/byte-keeper.ts";
import type { Clock, CreateId } from "../ports/clock.ts";
import type { EventBus } from "../ports/event-bus.ts";
import type { Facts } from "../ports/facts.ts";
import type { Ledger } from "../ports/ledger.ts";
import { type Arrivals, createArrivals } from "./arrivals.ts";
import { createAssembly } from "./assembly.ts";
import { createBackground } from "./background.ts";
import { type Check, createCheck } from "./check.ts";
import { createCommits } from "./commits.ts";
import { createChanges } from "./events.ts";
import { createFiles, type Files } from "./files.ts";
import { createFinalize, type Finalize } from "./finalize.ts";
import { createGate } from "./gate.ts";
import { createKeysInUse } from "./idempotency.ts";
import { createOneShots } from "./one-shots.ts";
import { type DomainOptions, resolveOptions } from "./options.ts";
import { recoverAssembling } from "./recovery.ts";
import { createRemoval } from "./removal.ts";
import { createRuns } from "./runs.ts";
import { createSmallFiles } from "./small-files.ts";
import { createSpace } from "./space.ts";
import { createSteadyTime, notedClock } from "./steady-time.ts";
import { createSweep, type SweepReport } from "./sweep.ts";
import { createUploads, type Uploads } from "./uploads.ts";
import { createVerify } from "./verify.ts";
import { createWatching, type Watching } from "./watching.ts";

export type { DomainOptions } from "./options.ts";
export type { SweepReport } from "./sweep.ts";

export interface DomainParts {
  readonly ledger: Ledger;
  readonly bytes: ByteKeeper;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly createId: CreateId;
  readonly sha256: Sha256;
  readonly options: DomainOptions;
}

/** The rules of the server: what the byte thread asks, what the JSON API asks, and the work that nobody asks for. */
export interface Domain extends Facts, Uploads, Check, Arrivals, Finalize, Files, Watching {
  /** Reads all acknowledged chunks back. Takes as long as reading the file does. */
  verify(owner: string, id: string): Promise<VerifyResponse>;
  /**
   * At start: brings uploads on that a dying process left while they were assembled. It may be left running while
   * the server answers; who finalizes such an upload joins the same work.
   */
  recover(): Promise<void>;
  /** One bounded round of the sweep; to be called now and then, and again at once while it says that there is more. */
  sweep(): Promise<SweepReport>;
  /** Stops the work that goes on behind answers and waits for its end. */
  close(): Promise<void>;
}

/** Files that are read as a whole at a time, for a full hash or to verify them. */
const wholeFileLanes = 2;
/** Such files that may wait for their turn; one more gets 503. */
const wholeFilesWaiting = 1_000;

/** @throws HawserError `invalid_request` for options that are out of range */
export function createDomain(parts: DomainParts): Domain {
  const { ledger, bytes, bus } = parts;
  const options = resolveOptions(parts.options);
  const steadyTime = createSteadyTime(options.markMs);
  const clock = notedClock(parts.clock, steadyTime);
  const background = createBackground();
  const changes = createChanges(ledger, bus, background);
  const removal = createRemoval({ ledger, bytes, background }, options.sweepBatch);
  const wired = {
    ...parts,
    options,
    clock,
    steadyTime,
    background,
    changes,
    removal,
    keysInUse: createKeysInUse(),
    space: createSpace(bytes, clock, options.minFreeBytes),
    wholeFiles: createGate(wholeFileLanes, wholeFilesWaiting, background.signal),
  };
  const assembly = createAssembly(wired);
  return {
    ...createUploads(wired),
    ...createCheck(ledger, bytes, options),
    ...createArrivals(ledger, options),
    ...createRuns(wired),
    ...createCommits(wired),
    ...createSmallFiles(wired),
    ...createOneShots(wired),
    ...createFinalize({ ...wired, assembly }),
    ...createFiles(wired),
    ...createWatching(ledger, options),
    verify: createVerify(wired),
    sweep: createSweep(wired),
    recover: () => recoverAssembling(ledger, assembly, background),
    close: () => background.close(),
  };
}
