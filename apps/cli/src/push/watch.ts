import { type File, HawserError, type Uploader, type UploadHandle, type UploadState } from "@hawser/client";
import { exitCodes, InterruptedError } from "../command.ts";
import { describeFailure, describeTrouble, type Failure } from "../failures.ts";
import { fileUrl } from "../remote/api.ts";
import { backoffDelayMs, GaveUpError, type Timing } from "../remote/backoff.ts";
import { describeLoss, describeStreamAgain, streamPath } from "./loss.ts";
import type { PushReport } from "./report.ts";
import type { Subject } from "./subject.ts";
import { Teller } from "./teller.ts";

export interface WatchParts {
  readonly uploader: Pick<Uploader, "forget" | "pauseAll" | "resumeAll">;
  readonly report: PushReport;
  readonly timing: Timing;
  readonly giveUpMs: number;
  /** Ends the push. */
  readonly signal: AbortSignal;
  readonly server: URL;
}

/** One upload that has not ended. */
interface Watched {
  readonly subject: Subject;
  readonly teller: Teller;
  stop: () => void;
  status: UploadState["status"];
  /** Grows with everything that counts as progress. */
  doneBytes: number;
  /** How often the server's storage was full since the last progress. */
  fullCount: number;
  isWaitingForRoom: boolean;
}

/** Codes after which the same command, or `hawser resume`, goes on. */
const resumableCodes = ["interrupted", "gave_up", "source_unreadable"];
/** How often the clock is looked at while nothing happens. */
const patienceStepMs = 1_000;

/** Watches uploads until each has ended, or the push has: by a person, or because nothing moved for too long. */
export class PushWatch {
  /** Aborted when the push ends early. */
  readonly signal: AbortSignal;
  readonly #parts: WatchParts;
  readonly #stop = new AbortController();
  readonly #watched = new Map<UploadHandle, Watched>();
  readonly #codes: number[] = [];
  readonly #over = Promise.withResolvers<void>();
  #isFed = false;
  #isPaused = false;
  /** A person is being waited for. */
  #isHeld = false;
  #lastProgressAt: number;
  #trouble = "Nothing moved.";

  constructor(parts: WatchParts) {
    this.#parts = parts;
    this.signal = AbortSignal.any([parts.signal, this.#stop.signal]);
    this.#lastProgressAt = parts.timing.monotonic();
  }

  follow(subject: Subject, handle: UploadHandle): void {
    const teller = new Teller(this.#parts.timing.now);
    const watched: Watched = {
      subject,
      teller,
      stop: () => {},
      status: handle.state.status,
      doneBytes: 0,
      fullCount: 0,
      isWaitingForRoom: false,
    };
    this.#watched.set(handle, watched);
    if (this.#isPaused) handle.pause();
    watched.stop = handle.subscribe((state) => this.#look(handle, watched, state));
    this.#look(handle, watched, handle.state);
  }

  /** A file that never became an upload. */
  fail(subject: Subject, error: unknown): void {
    this.#report(subject, describeFailure(error, subject.path));
  }

  togglePause(): void {
    const { uploader, report } = this.#parts;
    this.#isPaused = !this.#isPaused;
    this.#progressed();
    if (this.#isPaused) uploader.pauseAll();
    else uploader.resumeAll();
    report.setPaused(this.#isPaused);
  }

  /** Ends the push; what is owed stays in the journal. */
  quit(): void {
    const message = "Stopped. What arrived stays; the same command, or hawser resume, goes on from there.";
    this.#stop.abort(new InterruptedError(message));
  }

  /** Runs `work`, which waits for a person: that time counts for nothing. */
  async withPerson<T>(work: () => Promise<T>): Promise<T> {
    this.#isHeld = true;
    try {
      return await work();
    } finally {
      this.#isHeld = false;
      this.#progressed();
    }
  }

  /** Remembers what the push waits for, and says it in a sentence. */
  noteTrouble(error: HawserError): string {
    this.#trouble = describeTrouble(error);
    return this.#trouble;
  }

  /**
   * Resolves when all is over, with one exit code for each file.
   * @param feeding ends when there is nothing more to follow; soon, when the push was ended early
   */
  async untilEnded(feeding: Promise<void>): Promise<readonly number[]> {
    const fed = feeding.then(() => {
      this.#isFed = true;
      this.#checkOver();
      return this.#over.promise;
    });
    const done = new AbortController();
    const patience = this.#watchPatience(AbortSignal.any([this.signal, done.signal]));
    try {
      await Promise.race([fed, patience]);
    } finally {
      done.abort();
    }
    await Promise.all([feeding, patience]);
    for (const [handle, { subject }] of [...this.#watched]) {
      this.#settle(handle, () => this.#report(subject, this.#describeStop(subject)));
    }
    return this.#codes;
  }

  /** Why the push ended early, and how this file goes on. */
  #describeStop({ path, filename }: Subject): Failure {
    const failure = describeFailure(this.signal.reason);
    if (path !== streamPath) return failure;
    return { ...failure, message: `What arrived stays. ${describeStreamAgain(filename)}` };
  }

  #look(handle: UploadHandle, watched: Watched, state: UploadState): void {
    if (this.#watched.get(handle) !== watched) return;
    const { subject, teller } = watched;
    const { report, uploader } = this.#parts;
    this.#noteProgress(watched, state);
    report.show(subject, state);
    for (const event of teller.tell(state)) {
      if (event.event === "waiting") this.#trouble = event.message;
      report.tell(subject, event);
    }
    const end = this.#endOf(state, subject);
    if (end !== undefined) this.#settle(handle, end);
    // The person is told of the failure now, so nothing is owed any more.
    if (state.status === "failed") uploader.forget(handle.id);
    if (state.status === "paused" && state.reasons.includes("quota")) this.#waitForRoom(handle, watched, state.cause);
  }

  /** How this upload's end is told; undefined while it goes on. */
  #endOf(state: UploadState, subject: Subject): (() => void) | undefined {
    const fail = (failure: Failure) => () => this.#report(subject, failure);
    switch (state.status) {
      case "completed":
        return () => this.#complete(subject, state.file);
      case "failed":
        return fail(describeFailure(state.error));
      case "cancelled":
        return fail(describeFailure(new HawserError("upload_cancelled")));
      case "needs-source":
        return fail(describeLoss(subject));
      case "paused": {
        const passes = state.reasons.some((reason) => reason === "user" || reason === "quota");
        return passes ? undefined : fail(describeFailure(state.cause ?? new HawserError("internal")));
      }
      default:
        return undefined;
    }
  }

  /** A full storage is asked again and again, at growing intervals: nobody sits here to press a button. */
  #waitForRoom(handle: UploadHandle, watched: Watched, cause: HawserError | null): void {
    // While the person pauses, their key takes back this reason too.
    if (watched.isWaitingForRoom || this.#isPaused) return;
    const { timing, report } = this.#parts;
    const { code, message, details } = cause ?? new HawserError("storage_full");
    const retryAfterMs = (details.retryAfterSeconds ?? 0) * 1_000;
    const delayMs = backoffDelayMs(watched.fullCount++, timing.random(), retryAfterMs);
    watched.isWaitingForRoom = true;
    this.#trouble = message;
    report.tell(watched.subject, { event: "waiting", delayMs, code, message });
    timing.sleep(delayMs, this.signal).then(
      () => {
        watched.isWaitingForRoom = false;
        if (!this.#isPaused) handle.resume();
      },
      () => undefined,
    );
  }

  #complete(subject: Subject, file: File): void {
    const { report, server } = this.#parts;
    const { id, filename, size, digest } = file;
    report.tell(subject, { event: "completed", id, filename, sizeBytes: size, digest, url: fileUrl(server, file) });
    this.#codes.push(exitCodes.done);
  }

  #report(subject: Subject, { code, message, exitCode }: Failure): void {
    const resumable = resumableCodes.includes(code);
    this.#parts.report.tell(subject, { event: "failed", code, message, resumable });
    this.#codes.push(exitCode);
  }

  #settle(handle: UploadHandle, tell: () => void): void {
    this.#watched.get(handle)?.stop();
    this.#watched.delete(handle);
    this.#progressed();
    tell();
    this.#checkOver();
  }

  #checkOver(): void {
    if (this.#isFed && this.#watched.size === 0) this.#over.resolve();
  }

  #noteProgress(watched: Watched, state: UploadState): void {
    const doneBytes = state.confirmedBytes + (state.status === "preparing" ? state.doneBytes : 0);
    if (doneBytes > watched.doneBytes) {
      watched.fullCount = 0;
      this.#progressed();
    }
    watched.doneBytes = doneBytes;
    watched.status = state.status;
  }

  #progressed(): void {
    this.#lastProgressAt = this.#parts.timing.monotonic();
  }

  /** Ends the push when nothing moved for too long. Resolves when the push is over; never rejects. */
  async #watchPatience(signal: AbortSignal): Promise<void> {
    const { timing, giveUpMs } = this.#parts;
    while (!signal.aborted) {
      if (this.#isBusy()) this.#progressed();
      const leftMs = this.#lastProgressAt + giveUpMs - timing.monotonic();
      if (leftMs <= 0) return this.#stop.abort(new GaveUpError(this.#trouble));
      await timing.sleep(Math.min(leftMs, patienceStepMs), signal).catch(() => undefined);
    }
  }

  /** Whether the push waits for a person, or for a server that is at work on a whole file. */
  #isBusy(): boolean {
    if (this.#isPaused || this.#isHeld) return true;
    for (const { status } of this.#watched.values()) if (status === "verifying") return true;
    return false;
  }
}
