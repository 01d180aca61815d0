import { chunkOffset, countChunks, HawserError, limits, toHex } from "@hawser/protocol";
import { hasEnded, type UploadEntry } from "../../src/adapters/memory/ledger-state.ts";
import type { UploadRecord } from "../../src/ports/ledger.ts";
import { type Content, findContent, treeDigest } from "./contents.ts";
import type { Expected, ExpectedFile } from "./expected.ts";
import { owner, type Process, smallFileBytes } from "./process.ts";

const target = new Uint8Array(limits.chunkSizeBytes);

/** Everything that is wrong with a started server, given what clients were told before. Empty: nothing is. */
export async function findViolations(process: Process, expected: Expected): Promise<string[]> {
  const { uploads, keysById, idempotency } = process.machine.ledgerFile.committed;
  const violations: string[] = [];
  const stored = new Set<string>();
  for await (const id of process.store.list()) stored.add(id);
  for (const entry of uploads.values()) {
    const file = expected.find(({ name }) => name === entry.record.filename);
    violations.push(...(await checkUpload(process, entry, file, stored)));
  }
  for (const file of expected) {
    if (file.id === null) continue;
    const entry = uploads.get(keysById.get(file.id) ?? 0);
    const wrong = entry === undefined ? checkForgotten(file) : checkTold(file, entry);
    violations.push(...wrong.map((what) => `${file.name}: ${what}`));
    const bound = idempotency.find(({ key }) => key === file.plan.key);
    if (entry !== undefined && file.plan.key !== null && bound?.uploadId !== file.id) {
      violations.push(`${file.name}: its key stands for ${bound?.uploadId}`);
    }
  }
  return violations;
}

/** What has to be true of any upload, whoever was told of it. */
async function checkUpload(
  process: Process,
  entry: UploadEntry,
  file: ExpectedFile | undefined,
  stored: ReadonlySet<string>,
): Promise<string[]> {
  const { record, receipts, prefixes } = entry;
  const wrong: string[] = [];
  if (record.state === "assembling") wrong.push("it is still assembling after the recovery");
  const receivedBytes = [...receipts.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (hasEnded(record)) {
    if (record.bytesIn === "none" && stored.has(record.id)) wrong.push("its bytes came back after they were removed");
  } else {
    if (receipts.size !== record.receivedChunks || receivedBytes !== record.receivedBytes) wrong.push("wrong sums");
    for (const { chunk, sizeBytes, digest } of receipts.values()) {
      const content = findContent(toHex(digest));
      const isExact = content?.bytes.length === sizeBytes && (await holds(process, entry, chunk, content));
      if (!isExact) wrong.push(`the bytes of chunk ${chunk} are not those of its receipt`);
    }
    for (const { chunk, sizeBytes } of prefixes.values()) {
      if (receipts.has(chunk)) wrong.push(`chunk ${chunk} has a receipt and a prefix`);
      else if (!(await isPartOfSent(process, record, chunk, sizeBytes, file))) {
        wrong.push(`the prefix of chunk ${chunk}, ${sizeBytes} bytes, is nothing that was ever sent`);
      }
    }
    if (record.state === "completed") wrong.push(...(await checkFile(process, entry)));
  }
  wrong.push(...checkEvents(process, record));
  return wrong.map((what) => `${record.filename} (${record.state}): ${what}`);
}

async function holds(process: Process, entry: UploadEntry, chunk: number, content: Content): Promise<boolean> {
  const { id, bytesIn } = entry.record;
  const position = chunkOffset(chunk);
  const wanted = content.bytes;
  if (bytesIn === "ledger") {
    const body = entry.smallBody.get(0) ?? new Uint8Array(0);
    return Buffer.compare(body.subarray(position, position + wanted.length), wanted) === 0;
  }
  const read = await process.room.readFile(id, position, target.subarray(0, wanted.length));
  return read === wanted.length && Buffer.compare(target.subarray(0, read), wanted) === 0;
}

async function isPartOfSent(
  process: Process,
  { id }: UploadRecord,
  chunk: number,
  sizeBytes: number,
  file: ExpectedFile | undefined,
): Promise<boolean> {
  const prefix = target.subarray(0, sizeBytes);
  if ((await process.room.readFile(id, chunkOffset(chunk), prefix)) < sizeBytes) return false;
  for (const bytes of file?.sent.get(chunk) ?? []) {
    if (bytes.length >= sizeBytes && Buffer.compare(bytes.subarray(0, sizeBytes), prefix) === 0) return true;
  }
  return false;
}

/** A file is there whole, or it is not there. */
async function checkFile({ domain }: Process, { record, receipts }: UploadEntry): Promise<string[]> {
  const { file } = await domain.locateFile(owner, record.id);
  const contents = [...receipts.values()]
    .sort((a, b) => a.chunk - b.chunk)
    .map(({ digest }) => findContent(toHex(digest)));
  const known = contents.filter((content) => content !== undefined);
  if (known.length !== countChunks(file.size)) return ["the file has holes"];
  return file.digest === treeDigest(known) ? [] : ["the file has another digest than its chunks"];
}

/** Each change of state has its one event. */
function checkEvents({ machine }: Process, { id, sizeBytes, state, deletedAt }: UploadRecord): string[] {
  const kinds = machine.ledgerFile.committed.events.filter(({ uploadId }) => uploadId === id).map(({ kind }) => kind);
  const count = (kind: string) => kinds.filter((one) => one === kind).length;
  const wanted: Record<string, number> = {
    // A small file may begin as completed.
    created: kinds[0] === "completed" && (sizeBytes ?? 0) <= smallFileBytes ? 0 : 1,
    completed: state === "completed" ? 1 : 0,
    cancelled: state === "cancelled" ? 1 : 0,
    expired: state === "expired" ? 1 : 0,
    file_deleted: deletedAt === null ? 0 : 1,
  };
  const wrong = Object.entries(wanted).filter(([kind, wantedCount]) => count(kind) !== wantedCount);
  return wrong.map(([kind]) => `${count(kind)} events ${kind}`);
}

function checkForgotten({ begun, told }: ExpectedFile): string[] {
  return begun.has("forget") ? [] : [`it is unknown, and was ${told}`];
}

/** What a client was told stands, unless a step that was begun has changed it. */
function checkTold(file: ExpectedFile, { record, receipts, prefixes }: UploadEntry): string[] {
  const wrong: string[] = [];
  const found = describe(record);
  if (!possible(file).includes(found)) wrong.push(`it is ${found}, and was ${file.told}`);
  if (found !== "active" && found !== "completed") return wrong;
  for (const [chunk, { hex }] of file.chunks) {
    const receipt = receipts.get(chunk);
    if (receipt === undefined) wrong.push(`the acknowledged chunk ${chunk} has no receipt`);
    else if (toHex(receipt.digest) !== hex) wrong.push(`chunk ${chunk} was acknowledged with another digest`);
  }
  for (const [chunk, sizeBytes] of file.prefixes) {
    if (receipts.has(chunk)) continue;
    const held = prefixes.get(chunk)?.sizeBytes ?? 0;
    if (held < sizeBytes) wrong.push(`of chunk ${chunk} ${sizeBytes} bytes were acknowledged and ${held} are held`);
  }
  return wrong;
}

type Found = "active" | "completed" | "ended" | "deleted";

function describe(record: UploadRecord): Found {
  if (record.deletedAt !== null) return "deleted";
  if (hasEnded(record)) return "ended";
  // Whatever is neither is reported by itself.
  return record.state === "completed" ? "completed" : "active";
}

function possible({ told, begun }: ExpectedFile): Found[] {
  if (told === "ended" || told === "deleted") return [told];
  const found: Found[] = told === "completed" ? ["completed"] : ["active"];
  if (begun.has("complete")) found.push("completed");
  if (begun.has("end") && told !== "completed") found.push("ended");
  if (begun.has("delete")) found.push("deleted");
  return found;
}

/** After the sweep: bytes that nobody owns. */
export async function findLeftovers({ store, machine }: Process): Promise<string[]> {
  const { uploads, keysById } = machine.ledgerFile.committed;
  const left: string[] = [];
  for await (const id of store.list()) {
    const record = uploads.get(keysById.get(id) ?? 0)?.record;
    if (record === undefined || hasEnded(record)) left.push(`${record?.filename ?? id}: its bytes were never removed`);
  }
  for (const { record } of uploads.values()) {
    if (hasEnded(record) && record.bytesIn !== "none") left.push(`${record.filename}: its removal never ends`);
  }
  return left;
}

/** What the public questions answer about an upload that has ended. */
export async function findResurrections({ domain }: Process, expected: Expected): Promise<string[]> {
  const alive: string[] = [];
  for (const { id, told, name } of expected) {
    if (id === null || (told !== "ended" && told !== "deleted")) continue;
    for (const question of [domain.resume(owner, id, 1), domain.locateFile(owner, id)]) {
      const code = await question.then(
        () => "an answer",
        (error: unknown) => (error instanceof HawserError ? error.code : String(error)),
      );
      if (code !== "gone" && code !== "not_found") alive.push(`${name}: it was ${told} and gives ${code}`);
    }
  }
  return alive;
}
