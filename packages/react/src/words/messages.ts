import type { ErrorCode, UploadState, UploadStatus } from "@hawser/client";
import type { DialogMessages } from "./dialog-messages.ts";
import type { Format } from "./format.ts";
import type { RowAction, Standing } from "./standing.ts";

/** A word or two for a badge; what it is doing, with a full stop; what that means or what comes next, without one. */
export type UploadWords = readonly [badge: string, status: string, detail: string];

type StatusOf<S extends Standing> = S extends UploadStatus
  ? S
  : S extends "reopen" | "choose"
    ? "needs-source"
    : S extends "changed" | "gone" | "refused"
      ? "failed"
      : "paused";

/** All uploads together. */
export interface Totals {
  readonly total: number;
  readonly safe: number;
  readonly onTheWay: number;
  /** Of those on the way. */
  readonly retrying: number;
  readonly needYou: number;
}

/** Every word that the components say, by key. */
export interface Messages {
  /** BCP 47; decides plurals and how figures are written. */
  readonly locale: string;
  /** What an upload is doing. */
  readonly standings: {
    readonly [S in Standing]: (
      state: Extract<UploadState, { status: StatusOf<S> }>,
      format: Format,
      nowMs: number,
    ) => UploadWords;
  };
  /** What the buttons of a row say. */
  readonly actions: Readonly<Record<RowAction | "cancel", string>>;
  /** Name of a control for those who hear it: which of the many it is. */
  readonly named: (action: string, name: string) => string;
  /** `389 of 612 MB safe` */
  readonly safeShare: (state: Pick<UploadState, "confirmedBytes" | "sizeBytes">, format: Format) => string;
  readonly elsewhere: string;
  readonly progress: string;
  readonly list: string;
  readonly empty: string;
  readonly drop: string;
  readonly chooseFiles: string;
  readonly chooseFolder: string;
  readonly adding: (count: number, format: Format) => string;
  readonly unreadable: (count: number, format: Format) => string;
  /** Of the indicator, by what is going on. */
  readonly idle: string;
  readonly safe: string;
  readonly offline: string;
  readonly active: (totals: Totals, format: Format) => string;
  readonly retrying: string;
  readonly error: (totals: Totals, format: Format) => string;
  /** @param left `38 s`; empty while nobody knows */
  readonly waits: (totals: Totals, left: string, isAutomatic: boolean, format: Format) => string;
  readonly stopped: (totals: Totals, format: Format) => string;
  readonly retryFailed: (count: number) => string;
  readonly without: (totals: Totals, format: Format) => string;
  readonly otherFile: string;
  readonly noFile: string;
}

/** Some words in place of the English ones, those of the dialogs about earlier uploads among them. */
export type MessageOverrides = Partial<Omit<Messages, "standings" | "actions"> & DialogMessages> & {
  readonly [K in "standings" | "actions"]?: Partial<Messages[K]>;
};

const lost = "What arrived stays safe";
const share = ({ confirmedBytes, sizeBytes }: Pick<UploadState, "confirmedBytes" | "sizeBytes">, format: Format) =>
  format.share(confirmedBytes, sizeBytes, "of");
const missing = (state: UploadState, format: Format) => `Only the missing ${format.percentLeft(state)} will travel`;

function cause(code: ErrorCode): string {
  if (/^(conn|request_t)/.test(code)) return "The connection broke";
  if (code === "storage_full") return "The server’s disk is full";
  if (code === "size_too_large") return "The file is larger than this server takes";
  return /^(unav|int|too_|stor)/.test(code)
    ? "The server cannot take this now"
    : `The server takes no such file (${code})`;
}

export const english: Messages = {
  locale: "en-GB",
  standings: {
    queued: ({ ahead }, { count }) => [
      "Queued",
      ahead ? `Number ${count(ahead + 1)} in line.` : "Next in line.",
      "Starts by itself",
    ],
    preparing: () => ["Reading", "Reading the file.", "Starts in a moment"],
    creating: () => ["Starting", "Starting.", ""],
    uploading: (state, { percent, time, plural }) => [
      percent(state),
      "Uploading.",
      (state.timeLeftMs === null ? "" : `${time(state.timeLeftMs)} left. `) +
        (state.resendingChunks
          ? `${plural(state.resendingChunks, "# chunk", "# chunks")} arrived damaged, sent again`
          : ""),
    ],
    waiting: ({ retryAt, attempt, maxAttempts, cause: { code } }, { countdown }, nowMs) => [
      `Again in ${countdown(retryAt - nowMs)}`,
      `Trying again in ${countdown(retryAt - nowMs)}.`,
      `${cause(code)}; ${attempt ? `attempt ${attempt} of ${maxAttempts}` : "this goes on for as long as it takes"}`,
    ],
    verifying: () => ["Checking", "Checking the whole file.", "All bytes are on the server"],
    completed: ({ confirmedBytes }, { size }) => ["Safe", "Safe.", `${size(confirmedBytes)}, checked as a whole`],
    cancelled: () => ["Cancelled", "Cancelled.", "What arrived was removed"],
    user: () => ["Paused", "Paused by you.", lost],
    offline: () => ["Offline", "Waiting for the network.", "Goes on by itself; no attempts are spent"],
    held: () => ["Paused", "Paused.", lost],
    auth: () => ["Sign in", "Sign in again.", "Nothing is lost. Retry after signing in"],
    parked: (state) => ["Stopped", "Stopped.", `${state.cause ? `${cause(state.cause.code)}. ` : ""}${lost}`],
    reopen: (state, format) => [
      "Needs the file",
      "Allow reading the file again.",
      `This browser asks for it once. ${missing(state, format)}`,
    ],
    choose: (state, format) => [
      "Needs the file",
      "Choose the file again.",
      `This browser may no longer read it. ${missing(state, format)}`,
    ],
    changed: () => [
      "Edited",
      "The file was edited meanwhile.",
      "Nothing was mixed. Add it again to send the new version",
    ],
    gone: () => ["Ended", "Ended on the server.", "It expired or was removed there. Add it again to send it"],
    refused: ({ error }) => ["Refused", "Refused.", cause(error.code)],
  },
  actions: {
    pause: "Pause",
    resume: "Resume",
    retry: "Retry",
    choose: "Choose file…",
    reopen: "Allow…",
    remove: "Remove",
    cancel: "Cancel…",
  },
  named: (action, name) => `${action} ${name}`,
  safeShare: (state, format) => `${share(state, format)} safe`,
  elsewhere: "in another tab",
  progress: "Safe on the server",
  list: "Uploads",
  empty: "Nothing to send",
  drop: "Drop files or folders here",
  chooseFiles: "Choose files…",
  chooseFolder: "Choose a folder…",
  adding: (count, { plural }) => plural(count, "# file so far", "# files so far"),
  unreadable: (count, { plural }) => `${plural(count, "# file", "# files")} could not be read`,
  idle: "Nothing to send",
  safe: "Everything is safe",
  offline: "Offline",
  active: ({ onTheWay }, { count }) => `${count(onTheWay)} on the way`,
  retrying: "Trying again",
  error: ({ needYou }, { plural }) => plural(needYou, "# needs you", "# need you"),
  waits: ({ onTheWay }, left, isAutomatic, { plural }) =>
    `Waits for ${plural(onTheWay, "# upload", "# uploads")}${left && `, about ${left}`}${isAutomatic ? "; then goes on by itself" : ""}`,
  stopped: ({ needYou, safe, total }, { plural, count }) =>
    `${plural(needYou, "# upload", "# uploads")} could not be sent yet. ${count(safe)} of ${count(total)} are safe`,
  retryFailed: (count) => `Retry failed uploads (${count})`,
  without: ({ needYou }, { plural }) => `Go on without ${plural(needYou, "# upload", "# uploads")}…`,
  otherFile: "That is another file, or another version of it. Nothing was mixed.",
  noFile: "This browser cannot read that file. Choose it again.",
};
