import assert from "node:assert/strict";
import { mkdir, open, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type CheckResponse, type FilesResponse, headers, limits, type VerifyResponse } from "@hawser/protocol";
import type { Answer, Client } from "./client.ts";
import { Content, damage } from "./content.ts";
import type { Driver } from "./driver.ts";
import { blobPath, checkDownload, ExpectedUpload } from "./expected-upload.ts";
import {
  deleteFile,
  expectCode,
  expectStatus,
  finalize,
  initialize,
  oneShotCall,
  resume,
  runCall,
  sendFinalize,
  sendOneShot,
  sendPrefix,
  sendRun,
} from "./requests.ts";
import { until } from "./until.ts";

const mebibyte = limits.chunkSizeBytes;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * One pass through every durable step that the server has, on files of its own. Whenever the server dies, the step
 * under way is done again on the next one; so the scenario ends the same way wherever it was killed.
 */
export class Scenario {
  readonly #driver: Driver;
  readonly #name: string;
  readonly #uploads: ExpectedUpload[] = [];

  /** `name` is unique within the driver's data folder; it is the seed of all content. */
  constructor(driver: Driver, name: string) {
    this.#driver = driver;
    this.#name = name;
  }

  /** Passes everything; @throws AssertionError when anything acknowledged was lost, or anything is left over */
  async run(): Promise<void> {
    const orphan = await this.#plantOrphan();
    const idle = await this.#beginIdle();
    await this.#runsInAnyOrder();
    await this.#oneShots();
    await this.#unknownSize();
    await this.#brokenLine();
    await this.#fullHash();
    const ended = [await this.#cancel(), await this.#deleteFile()];
    await this.#expire(idle, [...ended, idle]);
    await this.#nothingIsLeftOver(orphan);
    await this.#tidy();
  }

  #upload(name: string, sizeBytes: number, bytesIn?: "ledger"): ExpectedUpload {
    const filename = `${this.#name} ${name}`;
    const upload = new ExpectedUpload(filename, new Content(filename, sizeBytes), bytesIn);
    this.#uploads.push(upload);
    return upload;
  }

  /** Bytes that no upload owns, as if their row had been lost. */
  async #plantOrphan(): Promise<string> {
    const id = new Content(`${this.#name} orphan`, 16).bytes.toString("hex");
    const path = blobPath(this.#driver.blobs, id);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, "nobody's");
    return id;
  }

  /** An upload with a chunk and a prefix that nobody goes on with. */
  async #beginIdle(): Promise<ExpectedUpload> {
    const upload = this.#upload("idle", mebibyte + 200_000);
    await initialize(this.#driver, upload);
    await sendRun(this.#driver, upload, 2);
    await sendPrefix(this.#driver, upload, 1, [0, 100_000]);
    return upload;
  }

  /** Runs of several chunks, the last one first, each sent twice; a file; its bytes damaged, found and mended. */
  async #runsInAnyOrder(): Promise<void> {
    const upload = this.#upload("runs", 2 * mebibyte + 300_000);
    await initialize(this.#driver, upload);
    await sendRun(this.#driver, upload, 3);
    await sendRun(this.#driver, upload, 1, 2);
    await sendRun(this.#driver, upload, 1, 3);
    await finalize(this.#driver, upload, { digest: upload.content.digest });
    await finalize(this.#driver, upload, { size: upload.content.sizeBytes });
    await this.#verify(upload, 2);
  }

  async #verify(upload: ExpectedUpload, chunk: number): Promise<void> {
    upload.damaged.add(chunk);
    upload.held.delete(chunk);
    await flipByte(blobPath(this.#driver.blobs, upload.id as string), (chunk - 1) * mebibyte + 100);
    await this.#driver.step(async (client) => {
      assert.deepEqual(await damagedOf(client, upload), [[chunk, chunk]]);
      expectCode(await client.get(`/files/${upload.id}`), "a damaged file", "file_damaged");
      const other = { ...runCall(upload, chunk), body: upload.content.chunk(1) };
      const call = { ...other, headers: runCall(upload, 1).headers ?? {} };
      expectCode(await client.send(call), "another digest for a damaged chunk", "chunk_conflict");
    });
    await sendRun(this.#driver, upload, chunk);
    upload.damaged.delete(chunk);
    await this.#driver.step(async (client) => {
      assert.deepEqual(await damagedOf(client, upload), []);
      await checkDownload(upload, client);
    });
  }

  /** In the ledger and in the blob store; empty; and one whose first body was damaged, so that nothing was kept. */
  async #oneShots(): Promise<void> {
    await sendOneShot(this.#driver, this.#upload("small", 10_000, "ledger"));
    await sendOneShot(this.#driver, this.#upload("empty", 0, "ledger"));
    const upload = this.#upload("large", mebibyte + 50_000);
    const damaged = oneShotCall(upload, damage(upload.content.bytes));
    const refusal = await this.#driver.step((client) => client.send(damaged));
    expectCode(refusal, "a damaged one shot", "digest_mismatch");
    await sendOneShot(this.#driver, upload);
  }

  /** A file that grows: a full chunk, a prefix, a longer one, then its end with its size and `Upload-Complete`. */
  async #unknownSize(): Promise<void> {
    const upload = this.#upload("growing", mebibyte + 400_000);
    const { sizeBytes } = upload.content;
    await initialize(this.#driver, upload, false);
    await sendRun(this.#driver, upload, 1);
    await sendPrefix(this.#driver, upload, 2, [0, 150_000]);
    await sendPrefix(this.#driver, upload, 2, [150_000, 300_000]);
    upload.mayBecome("assembling", "completed");
    const end = { [headers.uploadLength]: String(sizeBytes), [headers.uploadComplete]: "?1" };
    await sendRun(this.#driver, upload, 2, 2, { offsetBytes: 300_000, headers: end });
    // Killed between receipt and completion, the request that came again may have found all chunks held.
    await finalize(this.#driver, upload, { size: sizeBytes });
  }

  /** A line that breaks within a run; its prefix proves wrong; another wrong one gives way to the whole chunk. */
  async #brokenLine(): Promise<void> {
    const upload = this.#upload("broken", 2 * mebibyte + 10);
    await initialize(this.#driver, upload);
    const prefixBytes = await this.#driver.step((client) => breakLine(client, upload));
    upload.unpledged.add(2);
    upload.prefixes.delete(2);
    const call = runCall(upload, 2, 2, prefixBytes);
    const wrong = { ...call, body: damage(call.body as Buffer) };
    await this.#driver.step(async (client, again) => {
      const codes = ["digest_mismatch", ...(again ? ["offset_conflict"] : [])];
      expectCode(await client.send(wrong), "a prefix continued wrongly", ...codes);
      assert.deepEqual((await resume(client, upload)).partialChunks, []);
    });
    await sendPrefix(this.#driver, upload, 2, [0, 100_000], upload.content.chunk(1));
    upload.prefixes.delete(2);
    await sendRun(this.#driver, upload, 2, 3);
    upload.unpledged.delete(2);
    await finalize(this.#driver, upload, { digest: upload.content.digest });
  }

  /** Assembling with a full hash: a wrong one, back to active; the right one. */
  async #fullHash(): Promise<void> {
    const upload = this.#upload("hashed", mebibyte + 5);
    await initialize(this.#driver, upload);
    await sendRun(this.#driver, upload, 1, 2);
    upload.mayBecome("assembling");
    await this.#driver.step(async (client) => {
      const answer = await sendFinalize(client, upload, { sha256: "0".repeat(64) });
      expectCode(answer, "a wrong hash", "file_mismatch");
    });
    upload.became("active");
    await finalize(this.#driver, upload, { sha256: upload.content.sha256 });
  }

  async #cancel(): Promise<ExpectedUpload> {
    const upload = this.#upload("cancelled", mebibyte + 200_000);
    await initialize(this.#driver, upload);
    await sendRun(this.#driver, upload, 1);
    upload.mayBecome("cancelled");
    const call = { method: "DELETE", path: `/uploads/${upload.id}` };
    await this.#driver.step(async (client) => expectStatus(await client.send(call), "cancel", 204));
    upload.became("cancelled");
    expectStatus(await this.#driver.step((client) => client.send(call)), "cancel again", 204);
    return upload;
  }

  async #deleteFile(): Promise<ExpectedUpload> {
    const upload = this.#upload("deleted", 70_000);
    await sendOneShot(this.#driver, upload);
    await deleteFile(this.#driver, upload);
    return upload;
  }

  /** Days pass: what is idle expires, and later the tombstones of all that `ended` go. */
  async #expire(idle: ExpectedUpload, ended: readonly ExpectedUpload[]): Promise<void> {
    idle.mayBecome("expired");
    await this.#driver.order({ passMs: 8 * dayMs });
    await this.#hourByHour("the idle upload expired", async (client) => (await statusOf(client, idle)) === 410);
    idle.became("expired");
    for (const upload of ended) upload.mayBecome("forgotten");
    await this.#driver.order({ passMs: 31 * dayMs });
    await this.#hourByHour("the tombstones are gone", async (client) => {
      const statuses = await Promise.all(ended.map((upload) => statusOf(client, upload)));
      return statuses.every((status) => status === 404);
    });
    for (const upload of ended) upload.became("forgotten");
  }

  async #nothingIsLeftOver(orphan: string): Promise<void> {
    const expected = this.#uploads.flatMap((upload) => (upload.keepsBytes ? [upload.id as string] : [])).sort();
    assert.ok(!expected.includes(orphan));
    await this.#hourByHour("the blob store holds exactly the files' bytes", async () => {
      return (await this.#driver.storedIds()).sort().join() === expected.join();
    });
    await this.#driver.step(async (client) => {
      await this.#driver.check(client, true);
      const { files } = (await client.get("/files")).json<FilesResponse>();
      const completed = this.#uploads.filter(({ fate }) => fate === "completed");
      assert.deepEqual(files.map(({ id }) => id).sort(), completed.map(({ id }) => id).sort());
      for (const { filename } of this.#uploads) {
        const check = await client.get(`/uploads/check?filename=${encodeURIComponent(filename)}`);
        assert.deepEqual(check.json<CheckResponse>().candidates, [], `${filename} has a second upload`);
      }
    });
  }

  /** Deletes the files, so that the next scenario finds nothing; their bytes have to be gone at its end. */
  async #tidy(): Promise<void> {
    for (const upload of this.#uploads) if (upload.fate === "completed") await deleteFile(this.#driver, upload);
    for (const upload of this.#uploads) this.#driver.uploads.delete(upload);
  }

  async #hourByHour(what: string, isSo: (client: Client) => Promise<boolean>): Promise<void> {
    await until(what, async () => {
      await this.#driver.order({ passMs: hourMs });
      return this.#driver.step(isSo);
    });
  }
}

/** Cuts the line within chunk 2 until the server tells of a prefix of it; returns its length. */
async function breakLine(client: Client, upload: ExpectedUpload): Promise<number> {
  let prefixBytes = 0;
  await until("a broken line left a prefix", async () => {
    await client.sendAndCut(runCall(upload, 1, 2), mebibyte + 300_000);
    await until("the chunk before the break is there", async () => {
      return (await resume(client, upload)).receivedChunks.length > 0;
    });
    const [partial] = (await resume(client, upload)).partialChunks;
    prefixBytes = partial?.[1] ?? 0;
    return prefixBytes > 0;
  });
  return prefixBytes;
}

async function damagedOf(client: Client, upload: ExpectedUpload): Promise<VerifyResponse["damaged"]> {
  const answer: Answer = await client.send({ method: "POST", path: `/uploads/${upload.id}/verify` });
  return expectStatus(answer, `verify ${upload.filename}`, 200).json<VerifyResponse>().damaged;
}

async function statusOf(client: Client, { id }: ExpectedUpload): Promise<number> {
  return (await client.get(`/uploads/${id}/resume`)).status;
}

async function flipByte(path: string, position: number): Promise<void> {
  const file = await open(path, "r+");
  try {
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, position);
    byte[0] = (byte[0] as number) ^ 0xff;
    await file.write(byte, 0, 1, position);
  } finally {
    await file.close();
  }
}
