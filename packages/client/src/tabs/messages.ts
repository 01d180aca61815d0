import { type ErrorDetails, HawserError, isErrorCode, type Priority, priorities } from "@hawser/protocol";
import type { JournalRecord } from "../journal/journal.ts";
import {
  absentOr,
  type Check,
  isCount,
  isName,
  isNumber,
  isObject,
  listOf,
  nullOr,
  oneOf,
  parseRecord,
  shape,
} from "../journal/record.ts";
import { statuses } from "../state.ts";
import type { UploadState } from "../upload-state.ts";
import type { Demand } from "./share.ts";

/** An error without its class, which does not survive the way between tabs. */
interface ToldError {
  readonly code: string;
  readonly details: ErrorDetails;
}

/** A state as it is sent: errors are plain data in it. */
export type ToldState = { readonly id: string; readonly status: string } & Readonly<Record<string, unknown>>;

export interface Told {
  readonly state: ToldState;
  /** Present when it has changed since it was last told. */
  readonly record?: JournalRecord;
}

/** What a tab asks of the one that carries an upload. */
export type Command = { readonly id: string } & (
  | { readonly command: "pause" | "resume" | "cancel" }
  | { readonly command: "priority"; readonly priority: Priority }
);

export type Body =
  /** A tab has come, or is back. All others tell what they carry, and the leader deals anew. */
  | { readonly type: "hello" }
  /** Whoever is asked says `here` at once. */
  | { readonly type: "ask" }
  | { readonly type: "here" }
  /** From the leader: who lives. Each of them answers with its demand. */
  | { readonly type: "tabs"; readonly holders: readonly string[] }
  /** To the leader. `turn` is that of the last share that was heard of. */
  | { readonly type: "demand"; readonly demand: Demand; readonly turn: number }
  /** From the leader. */
  | {
      readonly type: "share";
      readonly turn: number;
      readonly places: number;
      readonly limit: number | null;
      /** Of the limit. */
      readonly part: number;
    }
  | { readonly type: "states"; readonly uploads: readonly Told[] }
  | { readonly type: "commands"; readonly commands: readonly Command[] }
  /** Whoever knows how these ended tells it. */
  | { readonly type: "ended"; readonly ids: readonly string[] }
  /** These are off the list. */
  | { readonly type: "gone"; readonly ids: readonly string[] }
  | { readonly type: "limit"; readonly bytesPerSecond: number | null };

export interface Message {
  readonly from: string;
  /** Null: to everybody. */
  readonly to: string | null;
  /** Whether it comes from the leader. */
  readonly leads: boolean;
  /** Null when this program does not know what it means: another version of the app speaks. It lives all the same. */
  readonly body: Body | null;
}

const demand = shape({
  waiting: shape({ high: isCount, normal: isCount, low: isCount }),
  travelling: isCount,
  since: nullOr(isNumber),
  places: isCount,
});

const toldError: Check = (value) => shape({ code: isName, details: isObject })(value);
const isTrue: Check = (value) => typeof value === "boolean";
const chunks = listOf((value) => Array.isArray(value) && value.length === 2 && value.every(isCount));

/** What the states have beside the figures. */
const stateChecks: Readonly<Record<string, Check>> = {
  queued: shape({ ahead: isCount }),
  preparing: shape({ work: oneOf(["sampling", "hashing", "comparing"]), doneBytes: isCount }),
  uploading: shape({
    inFlightBytes: isCount,
    bytesPerSecond: nullOr(isNumber),
    timeLeftMs: nullOr(isNumber),
    lanes: isCount,
    confirmedChunks: chunks,
    travellingChunks: chunks,
    resendingChunks: isCount,
  }),
  waiting: shape({ retryAt: isNumber, attempt: isCount, maxAttempts: isCount, cause: toldError }),
  paused: shape({ reasons: listOf(isName), cause: nullOr(toldError) }),
  "needs-source": shape({ evidence: isObject, canReopen: isTrue }),
  completed: shape({ file: shape({ id: isName, size: isCount }) }),
  failed: shape({ error: toldError }),
};

const figures = shape({
  id: isName,
  status: oneOf(statuses),
  uploadId: nullOr(isName),
  name: (value) => typeof value === "string",
  sizeBytes: nullOr(isCount),
  confirmedBytes: isCount,
  resumedBytes: isCount,
  isFromEarlier: isTrue,
});

const toldState: Check = (value) => figures(value) && (stateChecks[(value as ToldState).status]?.(value) ?? true);

const command: Check = (value) =>
  shape({ id: isName, command: oneOf(["pause", "resume", "cancel"]) })(value) ||
  shape({ id: isName, command: oneOf(["priority"]), priority: oneOf(priorities) })(value);

const nothing: Check = () => true;

const bodyChecks: Readonly<Record<Body["type"], Check>> = {
  hello: nothing,
  ask: nothing,
  here: nothing,
  tabs: shape({ holders: listOf(isName) }),
  demand: shape({ demand, turn: isCount }),
  share: shape({ turn: isCount, places: isCount, limit: nullOr(isNumber), part: isNumber }),
  states: shape({
    uploads: listOf(shape({ state: toldState, record: absentOr((value) => parseRecord(value).kind === "record") })),
  }),
  commands: shape({ commands: listOf(command) }),
  ended: shape({ ids: listOf(isName) }),
  gone: shape({ ids: listOf(isName) }),
  limit: shape({ bytesPerSecond: nullOr(isNumber) }),
};

const envelope = shape({ hawser: oneOf([1]), from: isName, to: nullOr(isName), leads: isTrue });

/** A message as it is posted. */
export function toPost(message: Message): unknown {
  return { hawser: 1, ...message };
}

/** Reads what came over the channel, whatever it is; null for what no tab of this journal says. */
export function parseMessage(value: unknown): Message | null {
  if (!envelope(value)) return null;
  const { from, to, leads, body } = value as Message;
  const type = isObject(body) ? String(body.type) : "";
  const check = Object.hasOwn(bodyChecks, type) ? bodyChecks[type as Body["type"]] : undefined;
  return { from, to, leads, body: check?.(body) ? (body as Body) : null };
}

/** A state to be sent. */
export function tellState(state: UploadState): ToldState {
  const told: Record<string, unknown> = { ...state };
  for (const name of ["cause", "error"]) {
    const error = told[name];
    if (error instanceof HawserError) told[name] = { code: error.code, details: error.details } satisfies ToldError;
  }
  return told as ToldState;
}

/** A state that another tab told. */
export function heardState(told: ToldState): UploadState {
  const state: Record<string, unknown> = { ...told, carrier: "elsewhere" };
  for (const name of ["cause", "error"]) {
    const error = told[name];
    if (isObject(error)) state[name] = heardError(error as unknown as ToldError);
  }
  return state as unknown as UploadState;
}

function heardError({ code, details }: ToldError): HawserError {
  return new HawserError(isErrorCode(code) ? code : "internal", details);
}
