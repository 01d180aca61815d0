import type { PauseReason, UploadState } from "@hawser/client";
import type { ErrorCode, HawserError } from "@hawser/protocol";
import type { IconName } from "../design/icon.tsx";
import { formatCountdown, formatShare, formatSize, formatSpeed, formatTime, percentOf } from "./figures.ts";
import { errorWords } from "./words/error-words.ts";
import { placeInLine, words } from "./words/words.ts";

export type Tone = "move" | "wait" | "stop" | "rest";

/** The one thing that a row offers beside cancelling. */
export type RowAction =
  | "pause"
  | "resume"
  | "try-now"
  /** New attempts for what was stopped. */
  | "retry"
  /** Let the browser read the file of a `needs-source` upload again. */
  | "reopen"
  /** Choose the file of a `needs-source` upload again. */
  | "choose"
  /** Another version of a file that ended: a new upload. */
  | "choose-new"
  | "send-again"
  | "remove";

/** What a row says and offers: the state in a person's words. */
export interface RowView {
  readonly tone: Tone;
  readonly icon: IconName;
  /** What it is doing; ends with a full stop. */
  readonly status: string;
  /** What that means or what happens next; no full stop at the end. */
  readonly detail: string;
  readonly figures: readonly string[];
  /** Null while the size is not known. */
  readonly percent: number | null;
  /** Whether nothing moves and nothing will by itself: the rope is paler. */
  readonly isResting: boolean;
  readonly needsYou: boolean;
  readonly action: RowAction | null;
  /** Whether it still has something that can be cancelled. */
  readonly isCancellable: boolean;
}

type Says = Pick<RowView, "tone" | "icon" | "status" | "detail" | "action"> & Partial<Pick<RowView, "isCancellable">>;

const restingStatuses: readonly UploadState["status"][] = ["paused", "needs-source", "failed", "cancelled"];
const reasonsForPerson: readonly PauseReason[] = ["auth", "parked", "quota"];

/** Whether it cannot go on without the person. */
export function needsPerson(state: UploadState): boolean {
  if (state.status === "paused") return state.reasons.some((reason) => reasonsForPerson.includes(reason));
  return state.status === "needs-source" || state.status === "failed";
}

/**
 * @param nowMs wall time; only the countdown of a waiting upload depends on it
 */
export function viewRow(state: UploadState, nowMs: number): RowView {
  return {
    isResting: restingStatuses.includes(state.status),
    isCancellable: true,
    ...say(state, nowMs),
    needsYou: needsPerson(state),
    figures: figuresOf(state),
    // Nothing of an empty file can be confirmed before it is whole.
    percent:
      state.sizeBytes === 0 && state.status !== "verifying" ? 0 : percentOf(state.confirmedBytes, state.sizeBytes),
  };
}

/** `389 of 612 MB`, or what is there of a file whose end nobody knows. */
export function shareOf({ confirmedBytes, sizeBytes }: Pick<UploadState, "confirmedBytes" | "sizeBytes">): string {
  return sizeBytes === null ? formatSize(confirmedBytes) : formatShare(confirmedBytes, sizeBytes);
}

function figuresOf(state: UploadState): readonly string[] {
  const figures = [words.row.safeShare(shareOf(state))];
  if (state.status !== "uploading") return figures;
  if (state.bytesPerSecond !== null) figures.push(formatSpeed(state.bytesPerSecond));
  if (state.lanes > 0) figures.push(words.flow.lanes(state.lanes));
  return figures;
}

function say(state: UploadState, nowMs: number): Says {
  switch (state.status) {
    case "queued":
      return {
        tone: "rest",
        icon: "clock",
        status: placeInLine(state.ahead),
        detail: "Starts by itself",
        action: "pause",
      };
    case "preparing":
      return sayPreparing(state);
    case "creating":
      return {
        tone: "move",
        icon: "up",
        status: "Starting.",
        detail: "The server makes a place for it",
        action: "pause",
      };
    case "uploading":
      return sayUploading(state);
    case "waiting":
      return {
        tone: "wait",
        icon: "clock",
        status: `Trying again in ${formatCountdown(state.retryAt - nowMs)}.`,
        detail: sayTrouble(state),
        action: "try-now",
      };
    case "paused":
      return sayPaused(state.reasons, state.cause);
    case "needs-source":
      return sayNeedsSource(state);
    case "verifying":
      return {
        tone: "move",
        icon: "shield-check",
        ...words.row.checking,
        isCancellable: false,
        action: null,
      };
    case "failed":
      return sayFailed(state.error.code);
    case "cancelled":
      return {
        tone: "rest",
        icon: "cross",
        status: "Cancelled.",
        detail: "What had arrived was removed",
        isCancellable: false,
        action: "remove",
      };
    case "completed":
      return { tone: "rest", icon: "check", status: words.row.safe, detail: "", isCancellable: false, action: null };
  }
}

function sayNeedsSource(state: Extract<UploadState, { status: "needs-source" }>): Says {
  if (state.canReopen) {
    return {
      tone: "rest",
      icon: "pause",
      status: words.row.interrupted,
      detail: words.row.oneClick,
      action: "reopen",
    };
  }
  const percent = percentOf(state.confirmedBytes, state.sizeBytes);
  return {
    tone: "wait",
    icon: "file",
    status: words.row.chooseAgain,
    detail: words.row.mayNotRead(percent === null ? null : 100 - percent),
    action: "choose",
  };
}

function sayPreparing(state: Extract<UploadState, { status: "preparing" }>): Says {
  const percent = percentOf(state.doneBytes, state.sizeBytes);
  return {
    tone: "rest",
    icon: "hash",
    status: state.work === "comparing" ? "Comparing with what is there." : "Reading the file.",
    detail: percent === null || state.work === "sampling" ? "It starts in a moment" : `${percent}% done`,
    action: "pause",
  };
}

/** Attempts are counted where they are spent: not while the server answers nobody. */
function sayTrouble({ cause, attempt, maxAttempts }: Extract<UploadState, { status: "waiting" }>): string {
  const { what } = errorWords(cause.code);
  return attempt === 0
    ? `${what}; this goes on for as long as it takes`
    : `${what}; attempt ${attempt} of ${maxAttempts}`;
}

function sayUploading(state: Extract<UploadState, { status: "uploading" }>): Says {
  const left = state.timeLeftMs === null ? null : words.row.left(formatTime(state.timeLeftMs));
  const resending = state.resendingChunks === 0 ? null : words.row.resending(state.resendingChunks);
  return {
    tone: "move",
    icon: "up",
    status: "Uploading.",
    detail: [left, resending].filter((part) => part !== null).join(". "),
    action: "pause",
  };
}

/** Reasons in the order in which a person has to know them. */
const reasonOrder: readonly PauseReason[] = ["auth", "parked", "quota", "user", "offline", "other"];

function sayPaused(reasons: readonly PauseReason[], cause: HawserError | null): Says {
  const reason = reasonOrder.find((known) => reasons.includes(known)) ?? "other";
  switch (reason) {
    case "auth":
      return {
        tone: "wait",
        icon: "key",
        status: "Sign in again.",
        detail: "Nothing is lost. Sign in where you did before, then retry",
        action: "retry",
      };
    case "parked":
    case "quota":
      return {
        tone: "stop",
        icon: "alert",
        status: "Stopped.",
        detail: sentences(cause?.code ?? (reason === "quota" ? "storage_full" : "unavailable")),
        action: "retry",
      };
    case "user":
      return {
        tone: "rest",
        icon: "pause",
        status: "Paused by you.",
        detail: "What arrived stays safe",
        action: "resume",
      };
    case "offline":
      return {
        tone: "wait",
        icon: "offline",
        status: "Waiting for the network.",
        detail: "Goes on by itself; no attempts are spent",
        action: "pause",
      };
    case "other":
      return { tone: "rest", icon: "pause", status: "Paused.", detail: "What arrived stays safe", action: "resume" };
  }
}

function sayFailed(code: ErrorCode): Says {
  const common = { isCancellable: false } as const;
  switch (code) {
    case "source_changed":
    case "chunk_conflict":
    case "source_unreadable":
      return {
        ...common,
        tone: "stop",
        icon: "swap",
        status: errorStatus(code),
        detail: errorWords(code).cure,
        action: "choose-new",
      };
    case "gone":
    case "not_found":
    case "file_mismatch":
    case "digest_mismatch":
      return {
        ...common,
        tone: "stop",
        icon: "alert",
        status: errorStatus(code),
        detail: errorWords(code).cure,
        action: "send-again",
      };
    case "size_too_large":
    case "invalid_request":
    case "origin_forbidden":
    case "misdirected_request":
      return { ...common, tone: "stop", icon: "alert", status: "Refused.", detail: sentences(code), action: "remove" };
    default:
      return {
        ...common,
        tone: "stop",
        icon: "alert",
        status: "Stopped.",
        detail: sentences(code),
        action: "send-again",
      };
  }
}

function errorStatus(code: ErrorCode): string {
  return `${errorWords(code).what}.`;
}

function sentences(code: ErrorCode): string {
  const { what, cure } = errorWords(code);
  return `${what}. ${cure}`;
}
