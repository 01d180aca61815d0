import type { File, HawserError } from "@hawser/protocol";
import { type PauseReason, pauseReasons } from "./pause.ts";
import type { UploadState, UploadStatus } from "./upload-state.ts";

type Work = Extract<UploadState, { status: "preparing" }>["work"];

/** All that decides what an upload does next. Figures that are only shown are not here. */
export interface Model {
  readonly status: UploadStatus;
  readonly reasons: readonly PauseReason[];
  /** Why it waits, is paused or failed. */
  readonly cause: HawserError | null;
  readonly work: Work;
  readonly doneBytes: number;
  /** Attempts that failed since the last progress. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly retryAt: number;
  /** Whether it waits because the server answers nobody. */
  readonly silent: boolean;
  readonly restarts: number;
  readonly sizeBytes: number | null;
  readonly confirmedBytes: number;
  /** The most that was ever confirmed of this upload on the server: only more than that is progress. */
  readonly peakBytes: number;
  /** Null until the server has told what it has. */
  readonly resumedBytes: number | null;
  readonly file: File | null;
}

/** @param confirmedBytes what an earlier life knew of; shown until the server has told, and never counted as sent */
export function newModel(
  sizeBytes: number | null,
  reasons: readonly PauseReason[],
  cause: HawserError | null,
  confirmedBytes = 0,
): Model {
  return {
    status: reasons.length > 0 ? "paused" : "queued",
    reasons,
    cause,
    work: "sampling",
    doneBytes: 0,
    attempt: 0,
    delayMs: 0,
    retryAt: 0,
    silent: false,
    restarts: 0,
    sizeBytes,
    confirmedBytes,
    peakBytes: 0,
    resumedBytes: null,
    file: null,
  };
}

/** What happens to an upload. */
export type UploadEvent =
  /** The queue gave it a place. */
  | { readonly type: "admitted" }
  | { readonly type: "preparing"; readonly work: Work; readonly doneBytes: number }
  | { readonly type: "creating" }
  | { readonly type: "sending" }
  /** The server told how much it has. */
  | { readonly type: "synced"; readonly confirmedBytes: number }
  | { readonly type: "confirmed"; readonly bytes: number }
  /** The server has more than an earlier life knew of: that is shown while it stands still. */
  | { readonly type: "told"; readonly confirmedBytes: number }
  /** A source of unknown length has ended. */
  | { readonly type: "measured"; readonly sizeBytes: number }
  | { readonly type: "verifying" }
  | { readonly type: "completed"; readonly file: File }
  | {
      readonly type: "retried";
      readonly delayMs: number;
      readonly retryAt: number;
      readonly cause: HawserError;
      /** Nobody gets an answer from the server: that spends no attempt. */
      readonly silent: boolean;
    }
  | { readonly type: "restarted"; readonly cause: HawserError }
  | {
      readonly type: "held";
      readonly reason: PauseReason;
      readonly cause: HawserError | null;
      /** Ask the app for new credentials; that spends an attempt. */
      readonly refresh?: boolean;
    }
  /** Reasons were taken back; by a person (`anew`), it also gets new attempts. */
  | { readonly type: "released"; readonly reasons: readonly PauseReason[]; readonly anew: boolean }
  | { readonly type: "due" }
  /** Nothing may travel now: back to its place in the queue. What waits for the server's last word keeps waiting. */
  | { readonly type: "recalled" }
  | { readonly type: "lost" }
  | { readonly type: "supplied" }
  | { readonly type: "failed"; readonly error: HawserError }
  | { readonly type: "cancelled" };

/** What has to be done about it; whoever owns the upload does it. */
export type Effect =
  | "run"
  | "stop"
  | "enqueue"
  | "dequeue"
  /** Give the place back. */
  | "leave"
  /** Come back with `due` after `delayMs`. */
  | "wait"
  | "unwait"
  | "refresh"
  /** Write down what outlives the process. */
  | "save"
  | "settle"
  /** End it on the server too. */
  | "discard";

const [Q, P, C, U, W, H, N, V, D, F, X] = [
  "queued",
  "preparing",
  "creating",
  "uploading",
  "waiting",
  "paused",
  "needs-source",
  "verifying",
  "completed",
  "failed",
  "cancelled",
] as const;
export const statuses = [Q, P, C, U, W, H, N, V, D, F, X] as const;
/** Nothing changes: the event comes too late, or does not concern this status. */
const _ = null;

type Row<T extends readonly unknown[] = typeof statuses> = { readonly [I in keyof T]: UploadStatus | null };

/**
 * The status after each event, by the status before it. Every cell is there, or it does not compile. An upload that
 * would be queued while a reason to pause is left is paused instead.
 */
const transitions: { readonly [E in UploadEvent["type"]]: Row } = {
  //          queued prep. creat. upl. wait. paused needs verif. compl. failed cancelled
  admitted: [P, _, _, _, _, _, _, _, _, _, _],
  preparing: [_, P, P, P, _, _, _, P, _, _, _],
  creating: [_, C, C, _, _, _, _, _, _, _, _],
  sending: [_, U, U, U, _, _, _, U, _, _, _],
  synced: [_, P, C, U, _, _, _, V, _, _, _],
  confirmed: [_, P, C, U, _, _, _, V, _, _, _],
  told: [Q, _, _, _, W, H, N, _, _, _, _],
  measured: [_, P, C, U, _, _, _, V, _, _, _],
  verifying: [_, V, V, V, _, _, _, V, _, _, _],
  completed: [D, D, D, D, D, D, D, D, _, _, _],
  retried: [_, W, W, W, _, _, _, W, _, _, _],
  restarted: [_, Q, Q, Q, _, _, _, Q, _, _, _],
  held: [H, H, H, H, H, H, N, H, _, _, _],
  released: [_, _, _, _, _, Q, N, _, _, _, _],
  due: [_, _, _, _, Q, _, _, _, _, _, _],
  recalled: [_, Q, Q, Q, _, _, _, _, _, _, _],
  lost: [N, N, N, N, _, N, N, N, _, _, _],
  supplied: [_, _, _, _, _, _, Q, _, _, _, _],
  failed: [F, F, F, F, F, F, F, F, _, _, _],
  cancelled: [X, X, X, X, X, X, X, X, _, _, _],
};

/** A wait up to this long keeps its place, so that a hiccup does not turn the order around. */
const briefMs = 1_000;
const endings: readonly UploadStatus[] = [D, F, X];
const travellings: readonly UploadStatus[] = [P, C, U, V];

export const hasEnded = ({ status }: { readonly status: UploadStatus }): boolean => endings.includes(status);
/** Whether its run loop is at work. */
export const isTravelling = ({ status }: { readonly status: UploadStatus }): boolean => travellings.includes(status);

/** What was confirmed between two models; what was acknowledged before this life began was not sent now. */
export function sentBytes(before: Model, after: Model): number {
  return before.resumedBytes === null ? 0 : Math.max(0, after.confirmedBytes - before.confirmedBytes);
}

/** The model after `event`, and what has to be done; the same model when the event changes nothing. */
export function reduce(before: Model, event: UploadEvent): { readonly model: Model; readonly effects: Effect[] } {
  const target = transitions[event.type][statuses.indexOf(before.status)] ?? null;
  if (target === null) return { model: before, effects: [] };
  const changed = apply(before, event);
  const model = { ...changed, status: target === Q && changed.reasons.length > 0 ? H : target };
  return { model, effects: effectsOf(before, model, event) };
}

function apply(model: Model, event: UploadEvent): Model {
  switch (event.type) {
    case "preparing":
      return { ...model, work: event.work, doneBytes: event.doneBytes };
    case "synced":
      return {
        ...confirm(model, event.confirmedBytes, model.resumedBytes !== null),
        resumedBytes: model.resumedBytes ?? event.confirmedBytes,
      };
    case "confirmed":
      return confirm(model, model.confirmedBytes + event.bytes, true);
    case "told":
      return { ...model, confirmedBytes: event.confirmedBytes };
    case "measured":
      return { ...model, sizeBytes: event.sizeBytes };
    case "completed":
      return { ...confirm(model, event.file.size, true), sizeBytes: event.file.size, file: event.file, cause: null };
    case "retried": {
      const { delayMs, retryAt, cause, silent } = event;
      return { ...model, attempt: model.attempt + Number(!silent), delayMs, retryAt, cause, silent };
    }
    case "restarted":
      return {
        ...model,
        restarts: model.restarts + 1,
        confirmedBytes: 0,
        peakBytes: 0,
        resumedBytes: null,
        cause: event.cause,
      };
    case "held": {
      const reasons = pauseReasons.filter((reason) => reason === event.reason || model.reasons.includes(reason));
      return { ...model, reasons, cause: event.cause ?? model.cause, attempt: model.attempt + Number(!!event.refresh) };
    }
    case "released": {
      const reasons = model.reasons.filter((reason) => !event.reasons.includes(reason));
      return { ...model, reasons, ...(event.anew && { attempt: 0, cause: null }) };
    }
    case "failed":
      return { ...model, cause: event.error };
    default:
      return model;
  }
}

function confirm(model: Model, confirmedBytes: number, isProgress: boolean): Model {
  const isMore = confirmedBytes > model.peakBytes;
  return {
    ...model,
    confirmedBytes,
    peakBytes: Math.max(model.peakBytes, confirmedBytes),
    attempt: isMore && isProgress ? 0 : model.attempt,
  };
}

function effectsOf(before: Model, after: Model, event: UploadEvent): Effect[] {
  const left = (status: UploadStatus) => before.status === status && after.status !== status;
  const entered = (status: UploadStatus) => after.status === status && before.status !== status;
  // In the order in which they are done.
  const wanted: Record<Effect, boolean> = {
    stop: isTravelling(before) && !isTravelling(after),
    unwait: left(W),
    dequeue: left(Q) && event.type !== "admitted",
    // It is in the queue before its place is free, so that it may take that place again.
    enqueue: entered(Q),
    leave: hasPlace(before) && !hasPlace(after),
    run: event.type === "admitted",
    wait: entered(W),
    refresh: event.type === "held" && !!event.refresh,
    discard: entered(X),
    settle: hasEnded(after),
    save: before.reasons !== after.reasons || entered(F),
  };
  return (Object.keys(wanted) as Effect[]).filter((effect) => wanted[effect]);
}

function hasPlace(model: Model): boolean {
  return isTravelling(model) || (model.status === W && model.delayMs <= briefMs);
}
