import assert from "node:assert/strict";
import { chunkOffset, limits, type ResumeResponse } from "@hawser/protocol";
import { pick, type Random, randomIndex, seededRandom } from "../simulation/random.ts";
import { type Client, NoAnswerError } from "./client.ts";
import { Content } from "./content.ts";
import { Driver, type Workshop } from "./driver.ts";
import { checkDownload, ExpectedUpload } from "./expected-upload.ts";
import { deleteFile, finalize, initialize, noteRun, resume, runCall } from "./requests.ts";
import { until } from "./until.ts";

const mebibyte = limits.chunkSizeBytes;
const uploadsAtOnce = 3;
const lanesPerUpload = 2;
const longestRun = 4;
/** Bytes that are sent between a start and the next kill, at most. */
const mostBetweenKills = 12 * mebibyte;
/** Files that are kept at a time; the oldest one is compared a last time and deleted. */
const mostFiles = 4;
/** Each run asks so often what has arrived; so the server keeps pace with what counts as sent. */
const bytesBetweenLooks = mebibyte / 4;
/** One run in so many is cut by the client, so that there are prefixes to be kept. */
const oneCutIn = 12;
/** One kill in so many is followed by another one in the start. */
const oneDoubleIn = 10;
const startFailpoints = ["before open ledger", "after open ledger", "before sync probe", "before recovery"];

/** Chunks that may have to be sent again after one kill. */
export const mostSentAgain = uploadsAtOnce * lanesPerUpload * longestRun;

export interface RandomRun {
  readonly seed: number;
  readonly kills: number;
}

/** What happened, for the test to assert and for a person to read. */
export interface Outcome {
  readonly kills: number;
  /** Runs whose bytes were on their way, at each kill. */
  readonly inFlight: readonly number[];
  /** Chunks of which something was sent once more, for each kill until the next one. */
  readonly sentAgain: readonly number[];
  /** Kills while the server started again. */
  readonly doubleKills: number;
  readonly files: number;
  readonly sentBytes: number;
}

interface Run {
  readonly first: number;
  readonly last: number;
  readonly offsetBytes: number;
}

/**
 * Sends files over several lanes while the server is killed again and again, at moments that are chosen by the bytes
 * that were sent; ends when `kills` were done and every file is there, exactly.
 */
export async function runRandomKills(workshop: Workshop, name: string, run: RandomRun): Promise<Outcome> {
  return new RandomKills(new Driver(workshop, name, false), run).run();
}

class RandomKills {
  readonly #driver: Driver;
  readonly #run: RandomRun;
  readonly #random: Random;
  readonly #finished: ExpectedUpload[] = [];
  readonly #inFlight = new Set<object>();
  readonly #inFlightAtKills: number[] = [];
  readonly #sentAgain: number[] = [];
  #killAtBytes: number;
  #killed: Client | undefined;
  #sentBytes = 0;
  #doubleKills = 0;
  #begun = 0;

  constructor(driver: Driver, run: RandomRun) {
    this.#driver = driver;
    this.#run = run;
    this.#random = seededRandom(run.seed);
    this.#killAtBytes = this.#nextKill();
  }

  async run(): Promise<Outcome> {
    await Promise.all(Array.from({ length: uploadsAtOnce }, () => this.#sendFiles()));
    await this.#driver.step((client) => this.#driver.check(client, true));
    const expected = this.#finished.map(({ id }) => id as string).sort();
    await until("the blob store holds exactly the files' bytes", async () => {
      return (await this.#driver.storedIds()).sort().join() === expected.join();
    });
    await this.#driver.end();
    assert.equal(this.#driver.deaths, this.#kills + this.#doubleKills);
    return {
      kills: this.#kills,
      inFlight: this.#inFlightAtKills,
      sentAgain: this.#sentAgain,
      doubleKills: this.#doubleKills,
      files: this.#begun,
      sentBytes: this.#sentBytes,
    };
  }

  get #kills(): number {
    return this.#inFlightAtKills.length;
  }

  async #sendFiles(): Promise<void> {
    while (this.#kills < this.#run.kills) {
      const seed = `${this.#run.seed} ${++this.#begun}`;
      const random = seededRandom(this.#run.seed * 1_000 + this.#begun);
      const sizeBytes = (8 + randomIndex(random, 9)) * mebibyte - 1 - randomIndex(random, mebibyte - 1);
      await this.#sendFile(new ExpectedUpload(`file ${seed}`, new Content(seed, sizeBytes)), random);
    }
  }

  async #sendFile(upload: ExpectedUpload, random: Random): Promise<void> {
    const touched = new Set<number>();
    await initialize(this.#driver, upload);
    while (upload.held.size < upload.content.chunkCount) {
      const known = await this.#driver.step((client) => resume(client, upload));
      const runs = planRuns(known, random);
      const lane = async () => {
        for (let run = runs.shift(); run !== undefined; run = runs.shift()) {
          const isCut = randomIndex(random, oneCutIn) === 0;
          // What is left is planned anew, from what the next server says.
          if (!(await this.#sendRun(upload, run, isCut ? random() : 1, touched))) runs.length = 0;
        }
      };
      await Promise.all(Array.from({ length: lanesPerUpload }, lane));
    }
    await finalize(this.#driver, upload, { digest: upload.content.digest });
    this.#finished.push(upload);
    if (this.#finished.length > mostFiles) await this.#retire(this.#finished.shift() as ExpectedUpload);
  }

  /** The last look at a file. */
  async #retire(upload: ExpectedUpload): Promise<void> {
    await this.#driver.step((client) => checkDownload(upload, client));
    await deleteFile(this.#driver, upload);
    this.#driver.uploads.delete(upload);
  }

  /** Sends `share` of a run's body, once; false when the server died meanwhile. */
  async #sendRun(upload: ExpectedUpload, run: Run, share: number, touched: Set<number>): Promise<boolean> {
    const server = await this.#driver.server();
    const { first, last, offsetBytes } = run;
    const flight = {};
    let position = chunkOffset(first) + offsetBytes;
    let reached = first - 1;
    const onSent = async (sizeBytes: number) => {
      // The system still takes bytes for a dead server; they do not count.
      if (server.client === this.#killed) return;
      this.#inFlight.add(flight);
      position += sizeBytes;
      for (; chunkOffset(reached + 1) < position && reached < last; reached++) this.#touch(touched, reached + 1);
      this.#sent(sizeBytes, server.client);
      if (position % bytesBetweenLooks < sizeBytes) await look(upload, server.client);
    };
    const call = { ...runCall(upload, first, last, offsetBytes), onSent };
    try {
      if (share === 1) noteRun(upload, first, last, await server.client.send(call));
      else {
        await server.client.sendAndCut(call, Math.floor((call.body as Buffer).length * share));
        // What this costs is the client's doing, and no kill's.
        for (let chunk = first; chunk <= last; chunk++) touched.delete(chunk);
      }
      return true;
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      await server.untilDead();
      return false;
    } finally {
      this.#inFlight.delete(flight);
    }
  }

  #touch(touched: Set<number>, chunk: number): void {
    if (!touched.has(chunk)) touched.add(chunk);
    else if (this.#kills > 0) this.#sentAgain[this.#kills - 1] = (this.#sentAgain[this.#kills - 1] ?? 0) + 1;
  }

  #sent(sizeBytes: number, client: Client): void {
    this.#sentBytes += sizeBytes;
    if (this.#sentBytes < this.#killAtBytes || this.#kills === this.#run.kills) return;
    this.#killed = client;
    this.#inFlightAtKills.push(this.#inFlight.size);
    this.#sentAgain.push(0);
    this.#killAtBytes = this.#nextKill();
    if (randomIndex(this.#random, oneDoubleIn) === 0) {
      this.#doubleKills++;
      this.#driver.killNextStart(`${pick(this.#random, startFailpoints)}:1`);
    }
    this.#driver.kill();
  }

  #nextKill(): number {
    return this.#sentBytes + 1 + randomIndex(this.#random, mostBetweenKills);
  }
}

/** Asks what has arrived, in the middle of a run: what the answer tells must outlive every kill. */
async function look(upload: ExpectedUpload, client: Client): Promise<void> {
  try {
    await resume(client, upload);
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
  }
}

/** What is missing, as runs of random length; a chunk with a prefix begins one, which continues it. */
function planRuns({ missingChunks, partialChunks }: ResumeResponse, random: Random): Run[] {
  const prefixes = new Map(partialChunks);
  const runs: Run[] = [];
  for (const [from, to] of missingChunks ?? []) {
    for (let first = from, last = from; first <= to; first = last + 1) {
      const longest = Math.min(to, first + randomIndex(random, longestRun));
      for (last = first; last < longest && !prefixes.has(last + 1); ) last++;
      runs.push({ first, last, offsetBytes: prefixes.get(first) ?? 0 });
    }
  }
  return runs;
}

/** The figures of some runs together, for a person. */
export function describeOutcomes(outcomes: readonly Outcome[]): string {
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  const kills = sum(outcomes.map((outcome) => outcome.kills));
  const inFlight = outcomes.flatMap((outcome) => outcome.inFlight);
  const sentAgain = outcomes.flatMap((outcome) => outcome.sentAgain);
  return [
    `${kills} kills, ${sum(outcomes.map(({ doubleKills }) => doubleKills))} of them killed again in the start`,
    `runs in flight at a kill: ${Math.min(...inFlight)} to ${Math.max(...inFlight)}, ${sum(inFlight)} in all`,
    `chunks sent again: ${sum(sentAgain)} in all, ${(sum(sentAgain) / kills).toFixed(1)} a kill, ` +
      `${Math.max(...sentAgain)} at most (bound: ${mostSentAgain})`,
    `${sum(outcomes.map(({ files }) => files))} files exact, ` +
      `${Math.round(sum(outcomes.map(({ sentBytes }) => sentBytes)) / mebibyte)} MiB sent`,
  ].join("\n");
}
