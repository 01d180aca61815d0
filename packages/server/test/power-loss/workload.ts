import { chunkLength, countChunks, HawserError, limits, runLength } from "@hawser/protocol";
import { pick, type Random, randomIndex } from "../simulation/random.ts";
import {
  cancel,
  completeIfWhole,
  deleteFile,
  finalize,
  finalizeWrongly,
  initialize,
  look,
  refusalOf,
  type Shipment,
  ship,
  shipWhole,
} from "./client.ts";
import { type Ending, ExpectedFile, type FilePlan } from "./expected.ts";
import { dayMs, expiryMs, markMs, type Process, tombstoneMs } from "./process.ts";

const { chunkSizeBytes } = limits;
const endings: readonly Ending[] = [
  "finalize",
  "finalize with digest",
  "finalize with sha256",
  "finalize with wrong sha256",
  "finalize with the last run",
  "cancel",
  "abandon",
  "delete",
];
const rounds = 4;
/** What may be done to a prefix that is there. */
const prefixKinds = [
  ...(["continued", "continued", "continued wrongly"] as const),
  ...(["longer stranger", "longer stranger", "longer stranger", "whole stranger"] as const),
];

/**
 * Files of a workload: mostly small, at every kind of boundary.
 * @param crowded many and short ones, which push each other out of the store's open files
 */
export function planFiles(random: Random, crowded: boolean): ExpectedFile[] {
  const count = crowded ? 7 : 2 + randomIndex(random, 4);
  return Array.from({ length: count }, (_, index) => new ExpectedFile(planFile(random, index, crowded)));
}

function planFile(random: Random, index: number, crowded: boolean): FilePlan {
  const way = pick(random, ["runs", "runs", "runs", "one-shot"] as const);
  return {
    index,
    sizeBytes: pickSize(random, crowded),
    key: random() < 0.5 ? `key-${index}` : null,
    isSizeKnown: way === "one-shot" || random() < 0.7,
    way,
    ending: pick(random, endings),
  };
}

function pickSize(random: Random, isShort: boolean): number {
  const short = pick(random, [1, 511, 512, 1_999, 4_096, 4_097, 20_000, 65_537, 90_001]);
  const whole = isShort ? 0 : pick(random, [0, 0, 0, 1, 1, 2]);
  const exact = whole > 0 && random() < 0.25;
  return whole * chunkSizeBytes + (exact ? 0 : short);
}

/** Codes after which a client gives up until the server was started again. */
const endsSession = (refusal: HawserError | undefined) => refusal?.code === "storage_fenced";
const hasEnded = (refusal: HawserError | undefined) => refusal?.code === "gone" || refusal?.code === "not_found";

/** Brings one file on, in its own wild way, as far as the server lets it. */
export async function sendFile(process: Process, file: ExpectedFile): Promise<void> {
  if (file.told === "ended" || file.told === "deleted") return;
  if (file.plan.way === "one-shot") await sendOneShot(process, file);
  else await sendRuns(process, file);
  if (file.told === "completed" && file.plan.ending === "delete") await refusalOf(deleteFile(process, file));
}

async function sendOneShot(process: Process, file: ExpectedFile): Promise<void> {
  const { random } = process;
  if (file.told !== "nothing") return;
  const breaks = random() < 0.3 && file.plan.sizeBytes > 1;
  const breaksAt = breaks ? 1 + randomIndex(random, file.plan.sizeBytes - 1) : null;
  const refusal = await refusalOf(shipWhole(process, file, breaksAt));
  if (refusal === undefined || endsSession(refusal) || file.plan.key === null) return;
  await refusalOf(shipWhole(process, file, null));
}

async function sendRuns(process: Process, file: ExpectedFile): Promise<void> {
  if (file.told === "completed") return;
  if (file.id === null && (await refusalOf(initialize(process, file))) !== undefined) return;
  const { random } = process;
  const cancels = file.plan.ending === "cancel" && random() < 0.5;
  for (let round = randomIndex(random, rounds); round > 0; round--) {
    const lanes = random() < 0.4 ? duel(process, file) : [];
    if (random() < 0.3) lanes.push(changeMind(process, file));
    for (let more = 1 + randomIndex(random, 3); more > 0; more--) lanes.push(sendWildly(process, file));
    if (cancels && round === 1) lanes.push(cancelSoon(process, file));
    await Promise.all(lanes);
    if (hasEnded(await refusalOf(look(process, file)))) return;
  }
  if (file.plan.ending === "abandon") return;
  if (await sendMissing(process, file)) await finish(process, file);
}

async function cancelSoon(process: Process, file: ExpectedFile): Promise<void> {
  for (let pauses = randomIndex(process.random, 12); pauses > 0; pauses--) await process.pause();
  await refusalOf(cancel(process, file));
}

/** Two whole contents for one chunk, at nearly the same time: the first durable one stands. */
function duel(process: Process, file: ExpectedFile): Promise<unknown>[] {
  const chunk = 1 + randomIndex(process.random, countChunks(file.plan.sizeBytes));
  return [0, 1, 0].map(async (variant) => {
    for (let pauses = randomIndex(process.random, 4); pauses > 0; pauses--) await process.pause();
    await refusalOf(ship(process, file, { first: chunk, last: chunk, variant: variant as 0 | 1 }));
  });
}

/** A prefix, then a longer one of another content, then the whole chunk in the first content again. */
async function changeMind(process: Process, file: ExpectedFile): Promise<void> {
  const { random } = process;
  const { sizeBytes } = file.plan;
  const chunk = 1 + randomIndex(random, countChunks(sizeBytes));
  const length = chunkLength(chunk, sizeBytes);
  const shorter = randomIndex(random, length);
  const longer = shorter + randomIndex(random, length - shorter);
  const variant = pick(random, [0, 1] as const);
  const other = variant === 0 ? 1 : 0;
  const run = { first: chunk, last: chunk };
  await refusalOf(ship(process, file, { ...run, variant, breaksAt: shorter }));
  await refusalOf(ship(process, file, { ...run, variant: other, breaksAt: longer }));
  await refusalOf(ship(process, file, { ...run, variant }));
}

/** One request of any kind. */
async function sendWildly(process: Process, file: ExpectedFile): Promise<void> {
  for (let pauses = randomIndex(process.random, 4); pauses > 0; pauses--) await process.pause();
  // Also while others are still sending: then there is no file yet.
  if (file.plan.ending === "finalize with the last run" && process.random() < 0.3) {
    await refusalOf(completeIfWhole(process, file));
  }
  const pausesPerPiece = pick(process.random, [0, 0, 0, 1, 3]);
  await refusalOf(ship(process, file, { ...pickShipment(process.random, file), pausesPerPiece }));
}

function pickShipment(random: Random, file: ExpectedFile): Shipment {
  const { sizeBytes } = file.plan;
  const totalChunks = countChunks(sizeBytes);
  const first = 1 + randomIndex(random, totalChunks);
  const last = first + randomIndex(random, totalChunks - first + 1);
  const run = { first, last };
  const length = runLength(first, last, sizeBytes);
  const somewhere = 1 + randomIndex(random, length);
  const held = file.prefixes.get(first) ?? 0;
  const kind = pick(random, [
    ...(["whole", "whole", "broken", "broken", "damaged", "stranger", "broken stranger", "partial"] as const),
    ...(held > 0 ? prefixKinds : []),
  ]);
  if (kind === "broken") return { ...run, breaksAt: somewhere };
  if (kind === "damaged") return { ...run, damagedChunk: first, breaksAt: random() < 0.3 ? somewhere : null };
  if (kind === "stranger") return { ...run, variant: 1 };
  if (kind === "broken stranger") return { ...run, variant: 1, breaksAt: somewhere };
  const chunkBytes = chunkLength(first, sizeBytes);
  if (kind === "partial") return { first, last: first, partialBytes: 1 + randomIndex(random, chunkBytes) };
  const offsetBytes = random() < 0.7 ? held : randomIndex(random, held) + 1;
  if (kind === "continued") {
    const rest = length - offsetBytes;
    return { ...run, offsetBytes, breaksAt: random() < 0.4 && rest > 0 ? randomIndex(random, rest) : null };
  }
  if (kind === "continued wrongly") return { first, last: first, offsetBytes, variant: 1 };
  if (kind === "longer stranger" && held + 1 < chunkBytes) {
    return { first, last: first, variant: 1, breaksAt: held + 1 + randomIndex(random, chunkBytes - held - 1) };
  }
  if (kind === "whole stranger") return { first, last: first, variant: 1 };
  return run;
}

/**
 * Sends what is missing, a few times over; true once nothing is.
 * @param strict whether a refusal is wrong: nothing is damaged and nobody else sends
 */
export async function sendMissing(process: Process, file: ExpectedFile, strict = false): Promise<boolean> {
  const { random } = process;
  for (let round = 0; round < rounds; round++) {
    let sight: Awaited<ReturnType<typeof look>>;
    try {
      sight = await look(process, file);
    } catch (error) {
      if (strict || !(error instanceof HawserError)) throw error;
      return false;
    }
    const { missing, partial } = sight;
    if (missing.length === 0) return true;
    for (const chunk of missing) {
      const continues = round === 0 && random() < 0.6;
      const offsetBytes = continues ? (partial.get(chunk) ?? 0) : 0;
      const refusal = await refusalOf(ship(process, file, { first: chunk, last: chunk, offsetBytes }));
      if (refusal === undefined) continue;
      if (hasEnded(refusal)) return false;
      // What it continued may have been a stranger's; then the next round sends it from its start.
      if (strict && offsetBytes === 0) throw refusal;
    }
  }
  return (await look(process, file)).missing.length === 0;
}

async function finish(process: Process, file: ExpectedFile): Promise<void> {
  const { ending } = file.plan;
  if (ending === "cancel") return void (await refusalOf(cancel(process, file)));
  if (ending === "finalize with the last run") {
    // Every last lane may ask for it.
    await Promise.all([refusalOf(completeIfWhole(process, file)), refusalOf(completeIfWhole(process, file))]);
    return;
  }
  if (ending === "finalize with wrong sha256" && file.plan.sizeBytes > chunkSizeBytes) {
    const refusal = await refusalOf(finalizeWrongly(process, file));
    if (endsSession(refusal)) return;
  }
  await refusalOf(finalize(process, file));
}

/** A few rounds of the sweep while clients are at work; nothing of theirs is old enough to go. */
export async function sweepAlong(process: Process): Promise<void> {
  for (let round = 0; round < 3; round++) {
    for (let pauses = 4 + randomIndex(process.random, 12); pauses > 0; pauses--) await process.pause();
    await refusalOf(process.domain.sweep());
    process.machine.clock.advance(markMs);
  }
}

/** Sweeps until two looks, far enough apart, found nothing more to do. */
export async function sweepAll({ domain, machine }: Process): Promise<void> {
  for (let round = 0; round < 3; round++) {
    while ((await domain.sweep()).more);
    machine.clock.advance(markMs);
  }
}

/** Lets a week pass, so that what was abandoned expires; then a month, so that the last trace goes. */
export async function passTime(process: Process, files: readonly ExpectedFile[]): Promise<void> {
  const { clock } = process.machine;
  clock.advance(expiryMs + dayMs);
  for (const file of files) if (file.told === "active") file.begun.add("end");
  await sweepAll(process);
  for (const file of files) {
    if (file.told === "active" && hasEnded(await refusalOf(look(process, file)))) file.told = "ended";
  }
  if (process.random() < 0.5) return;
  for (const { told, begun } of files) {
    if (told === "ended" || told === "deleted" || begun.has("end") || begun.has("delete")) begun.add("forget");
  }
  clock.advance(tombstoneMs + dayMs);
  await sweepAll(process);
}
