import { stat } from "node:fs/promises";
import { type FileJournal, type Match, openPathSource, type Source, streamSource, type Uploader } from "@hawser/client";
import { backoffDelayMs, isPassing, type Timing } from "../remote/backoff.ts";
import { type Choice, chooseMatch, type Manner, needsFullHash } from "./choice.ts";
import { type Claim, carriedElsewhere, heldUploads, type OwedRecords, oneShotBytes } from "./owed.ts";
import { askWhich, type Person } from "./question.ts";
import type { PushReport } from "./report.ts";
import type { LocalFile, Subject } from "./subject.ts";
import type { PushWatch } from "./watch.ts";

export interface FeedParts {
  readonly uploader: Uploader;
  readonly journal: FileJournal;
  readonly owed: OwedRecords;
  readonly watch: PushWatch;
  readonly report: PushReport;
  readonly timing: Timing;
  /** Undefined where nobody can be asked. */
  readonly person: Person | undefined;
  /** Take what would be offered. */
  readonly yes: boolean;
  /** Take nothing that an earlier push left. */
  readonly anew: boolean;
}

/**
 * Makes an upload of each file: the one that the journal owes, one that the server has a part of, or a new one. When
 * the push ends early the rest is begun all the same, for the journal.
 */
export class Feed {
  readonly #parts: FeedParts;
  /** Name and size of what was begun here: its uploads are nobody's earlier ones. */
  readonly #begun = new Set<string>();

  constructor(parts: FeedParts) {
    this.#parts = parts;
  }

  /** @param claims what the journal says about each file */
  async addFiles(files: readonly LocalFile[], claims: ReadonlyMap<LocalFile, Claim>): Promise<void> {
    const { uploader, watch, report } = this.#parts;
    await uploader.ready;
    const owed = new Map(uploader.uploads.map((handle) => [handle.id, handle]));
    const rest = files.filter((file) => {
      const handle = owed.get(claims.get(file)?.record?.id ?? "");
      if (handle === undefined) return true;
      report.tell(file, started(file));
      this.#note(file);
      // Whatever it stood still for in an earlier life, the person wants it now.
      handle.resume();
      watch.follow(file, handle);
      return false;
    });
    for (const file of rest) {
      report.tell(file, started(file));
      try {
        await this.#begin(file, claims.get(file)?.stale ?? []);
      } catch (error) {
        watch.fail(file, error);
      }
    }
  }

  /** Standard input: of unknown length, and read only once. */
  async addStream(subject: Subject, stream: AsyncIterable<Uint8Array>): Promise<void> {
    const { uploader, watch, report, owed, journal, yes } = this.#parts;
    report.tell(subject, started(subject));
    await uploader.ready;
    const source = await streamSource(stream, { name: subject.filename });
    const records = owed.ofStream(subject.filename);
    const handle = uploader.uploads.find(({ id }) => records.some((record) => record.id === id));
    if (yes && handle !== undefined) {
      await handle.supply(source);
      handle.resume();
      return watch.follow(subject, handle);
    }
    if (records.length > 0) {
      const message = "Something of this name was sent before; the same bytes go on with --yes. It starts anew.";
      report.tell(subject, { event: "anew", code: "not_asked", message });
    }
    watch.follow(subject, uploader.add(source));
    for (const { id } of records) await journal.remove(id);
  }

  async #begin(file: LocalFile, stale: Claim["stale"]): Promise<void> {
    const { uploader, watch, journal, report } = this.#parts;
    const match = await this.#find(file);
    if (match === null && stale.some(({ source }) => !isVersionOf(file, source)) && !this.#parts.anew) {
      const message = "The file was edited since it was last sent. Nothing is mixed; it starts anew.";
      report.tell(file, { event: "anew", code: "source_changed", message });
    }
    this.#note(file);
    const handle = match?.resume(metadataOf(file)) ?? uploader.add(await open(file), metadataOf(file));
    watch.follow(file, handle);
    const moved = match === null ? undefined : this.#parts.owed.ofUpload(match.candidate.id);
    for (const record of new Set([...stale, ...(moved === undefined ? [] : [moved])])) await journal.remove(record.id);
  }

  /** The upload on the server that goes on with this file, or null. */
  async #find(file: LocalFile): Promise<Match | null> {
    const { watch, report, anew } = this.#parts;
    const isSmall = file.sizeBytes <= oneShotBytes;
    if (anew || isSmall || this.#begun.has(keyOf(file)) || watch.signal.aborted) return null;
    const source = await open(file);
    let choice: Choice | null = null;
    try {
      choice = await this.#choose(file, source);
    } finally {
      // What goes on keeps its source.
      if (choice?.kind !== "resume") await source.close();
    }
    if (choice?.kind === "unasked") {
      const message = `The server has a part of a file with this name and size; --yes goes on with it. It starts anew.`;
      report.tell(file, { event: "anew", code: "not_asked", message });
    }
    return choice?.kind === "resume" ? choice.match : null;
  }

  /** Null when the push ended meanwhile. */
  async #choose(file: LocalFile, source: Source): Promise<Choice | null> {
    const { watch, report, person, yes } = this.#parts;
    const manner: Manner = yes ? "yes" : person === undefined ? "silent" : "ask";
    let matches = await this.#match(file, source, false);
    if (matches !== null && needsFullHash(matches)) matches = await this.#match(file, source, true);
    if (matches === null) return null;
    const choice = chooseMatch(matches, manner);
    if (choice.kind !== "ask" || person === undefined) return choice;
    const { signal } = watch;
    const ask = () => report.aside(() => askWhich(file, choice.matches, person, signal));
    const answer = await watch.withPerson(ask).catch((error: unknown) => {
      if (signal.aborted) return null;
      throw error;
    });
    if (answer === "quit") watch.quit();
    return answer === null || answer === "quit" ? { kind: "anew" } : { kind: "resume", match: answer };
  }

  /** Asks the server until it answers; null when the push ended meanwhile. */
  async #match(file: LocalFile, source: Source, full: boolean): Promise<readonly Match[] | null> {
    const { uploader, watch, report, timing } = this.#parts;
    for (let attempt = 0; ; attempt++) {
      try {
        // Once at a time: what goes wrong is told here.
        const matches = await uploader.match(source, { full, signal: watch.signal, maxAttempts: 1 });
        return await this.#free(file, matches);
      } catch (error) {
        if (watch.signal.aborted) return null;
        if (!isPassing(error)) throw error;
        const retryAfterMs = (error.details.retryAfterSeconds ?? 0) * 1_000;
        const delayMs = backoffDelayMs(attempt, timing.random(), retryAfterMs);
        const message = watch.noteTrouble(error);
        report.tell(file, { event: "waiting", delayMs, code: error.code, message });
        await timing.sleep(delayMs, watch.signal).catch(() => undefined);
        if (watch.signal.aborted) return null;
      }
    }
  }

  /** @throws RefusedError when another program is sending this very file */
  async #free(file: LocalFile, matches: readonly Match[]): Promise<readonly Match[]> {
    if (matches.length === 0) return matches;
    const held = await heldUploads(this.#parts.journal);
    const here = matches.map(({ candidate }) => held.get(candidate.id)).find((other) => other?.path === file.realPath);
    if (here !== undefined) throw carriedElsewhere(here.process);
    const others = matches.filter(({ candidate }) => !held.has(candidate.id));
    const free = await Promise.all(others.map(({ candidate }) => this.#isFree(file, candidate.id)));
    return others.filter((_, index) => free[index]);
  }

  /** An upload that this computer owes for another file, which is still there, is not this one's. */
  async #isFree({ realPath }: LocalFile, uploadId: string): Promise<boolean> {
    const { uploader, owed } = this.#parts;
    if (uploader.uploads.some(({ state }) => state.uploadId === uploadId)) return false;
    const origin = owed.ofUpload(uploadId)?.origin;
    if (origin?.kind !== "path" || origin.path === realPath) return true;
    return stat(origin.path).then(
      () => false,
      () => true,
    );
  }

  #note(file: LocalFile): void {
    this.#begun.add(keyOf(file));
  }
}

function started({ filename, sizeBytes }: Subject) {
  return { event: "started", filename, sizeBytes } as const;
}

function keyOf({ filename, sizeBytes }: LocalFile): string {
  return `${sizeBytes}/${filename}`;
}

function metadataOf({ relativePath }: LocalFile) {
  return relativePath === null ? {} : { metadata: { path: relativePath } };
}

function open({ realPath, filename }: LocalFile): Promise<Source> {
  return openPathSource(realPath, { name: filename });
}

function isVersionOf(file: LocalFile, { sizeBytes, lastModified }: Source["facts"]): boolean {
  return file.sizeBytes === sizeBytes && file.lastModified === lastModified;
}
