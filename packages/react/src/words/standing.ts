import type { UploadState } from "@hawser/client";
import { isRetryable } from "../state/retryable.ts";

/** What an upload is doing, as finely as people are told. Also the `data-standing` of a row and of a badge. */
export type Standing =
  | Exclude<UploadState["status"], "paused" | "needs-source" | "failed">
  | "user"
  | "offline"
  | "held"
  | "auth"
  | "parked"
  | "reopen"
  | "choose"
  | "changed"
  | "gone"
  | "refused";

/** What a row offers beside cancelling. */
export type RowAction = "pause" | "resume" | "retry" | "choose" | "reopen" | "remove";

interface Meaning {
  readonly standing: Standing;
  /** Empty: nothing. */
  readonly action: RowAction | "";
  /** Whether it cannot go on without the person. */
  readonly needsYou: boolean;
  /** Whether nothing will become of it any more. */
  readonly isOver: boolean;
}

/** What the person can do; and whether it needs the person or is over. */
const table: Readonly<Record<Standing, string>> = {
  queued: "pause",
  preparing: "pause",
  creating: "pause",
  uploading: "pause",
  waiting: "retry",
  verifying: "",
  completed: " over",
  cancelled: "remove over",
  user: "resume",
  offline: "pause",
  held: "resume",
  auth: "retry you",
  parked: "retry you",
  reopen: "reopen you",
  choose: "choose you",
  changed: "remove you over",
  gone: "remove you over",
  refused: "remove you over",
};

/** What a state means to people. */
export function meaningOf(state: UploadState): Meaning {
  const standing = standingOf(state);
  const is = table[standing];
  return {
    standing,
    action: is.split(" ")[0] as RowAction | "",
    needsYou: is.includes("you"),
    isOver: is.includes("over"),
  };
}

function standingOf(state: UploadState): Standing {
  switch (state.status) {
    case "paused": {
      const has = (reason: (typeof state.reasons)[number]) => state.reasons.includes(reason);
      if (isRetryable(state)) return has("auth") ? "auth" : "parked";
      return has("user") ? "user" : has("offline") ? "offline" : "held";
    }
    case "needs-source":
      return state.canReopen ? "reopen" : "choose";
    case "failed":
      if (/^(source|chunk_conflict|file_mismatch)/.test(state.error.code)) return "changed";
      return state.error.retry === "restart" ? "gone" : "refused";
    default:
      return state.status;
  }
}

/** Confirmed bytes of the whole, from 0 to 1; null while nobody knows its size. */
export function shareOf({
  confirmedBytes,
  sizeBytes,
}: Pick<UploadState, "confirmedBytes" | "sizeBytes">): number | null {
  return sizeBytes === null ? null : Math.min(1, confirmedBytes / (sizeBytes || 1));
}
