import type { UploadState } from "@hawser/client";
import { describeTrouble } from "../failures.ts";
import type { PushEvent } from "./events.ts";

/** Turns the states of one upload into what happened between them. Ends are told by whoever knows what they mean. */
export class Teller {
  readonly #now: () => number;
  #uploadId: string | null = null;
  /** Whether the server has told what it has. */
  #isMet = false;
  #receivedBytes = 0;
  #comparedBytes = -1;
  #resendingChunks = 0;
  #retryAt = 0;
  #isChecking = false;

  /** @param now wall time, milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** What is new in `state`, compared with the last one. */
  tell(state: UploadState): PushEvent[] {
    return [...this.#tellUpload(state), ...this.#tellProgress(state), ...this.#tellStatus(state)];
  }

  #tellUpload(state: UploadState): PushEvent[] {
    const { uploadId, status, resumedBytes } = state;
    const events: PushEvent[] = [];
    if (this.#uploadId !== null && this.#uploadId !== uploadId) {
      const message = "The earlier upload is gone on the server. The file starts anew.";
      events.push({ event: "anew", code: "upload_gone", message });
      this.#isMet = false;
    }
    this.#uploadId = uploadId;
    const hasSynced =
      status === "uploading" ||
      status === "verifying" ||
      status === "completed" ||
      (status === "preparing" && state.work === "comparing");
    if (!this.#isMet && hasSynced && uploadId !== null) {
      this.#isMet = true;
      events.push({ event: "upload", id: uploadId, resumed: resumedBytes > 0, receivedBytes: resumedBytes });
    }
    return events;
  }

  #tellProgress({ confirmedBytes, sizeBytes }: UploadState): PushEvent[] {
    if (confirmedBytes === this.#receivedBytes) return [];
    this.#receivedBytes = confirmedBytes;
    return [{ event: "progress", receivedBytes: confirmedBytes, sizeBytes }];
  }

  #tellStatus(state: UploadState): PushEvent[] {
    switch (state.status) {
      case "preparing": {
        if (state.work !== "comparing" || state.doneBytes === this.#comparedBytes) return [];
        this.#comparedBytes = state.doneBytes;
        return [{ event: "comparing", comparedBytes: state.doneBytes }];
      }
      case "uploading": {
        const chunks = state.resendingChunks;
        const isMore = chunks > this.#resendingChunks;
        this.#resendingChunks = chunks;
        return isMore ? [{ event: "resending", chunks }] : [];
      }
      case "waiting": {
        const { retryAt, cause } = state;
        if (retryAt === this.#retryAt) return [];
        this.#retryAt = retryAt;
        const delayMs = Math.max(0, retryAt - this.#now());
        return [{ event: "waiting", delayMs, code: cause.code, message: describeTrouble(cause) }];
      }
      case "verifying": {
        if (this.#isChecking) return [];
        this.#isChecking = true;
        return [{ event: "checking" }];
      }
      default:
        return [];
    }
  }
}
