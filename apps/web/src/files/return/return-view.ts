import type { UploadState } from "@hawser/client";

/** What is left of an earlier life of the page, by what it takes to go on. Another tab's uploads are that tab's. */
export interface Returned {
  readonly byItself: readonly UploadState[];
  /** One click each: the browser may read the file again, or the person's pause is taken back. */
  readonly resumable: readonly UploadState[];
  /** The file has to be chosen again. */
  readonly lacking: readonly UploadState[];
}

export function returnedOf(states: readonly UploadState[]): Returned {
  const byItself: UploadState[] = [];
  const resumable: UploadState[] = [];
  const lacking: UploadState[] = [];
  const groups = { byItself, resumable, lacking };
  for (const state of states) {
    const group = state.isFromEarlier && state.carrier === "here" ? groupOf(state) : null;
    if (group !== null) groups[group].push(state);
  }
  return groups;
}

/** Null for what is done, ended, or stands still for a reason that its own row tells. */
function groupOf(state: UploadState): keyof Returned | null {
  switch (state.status) {
    case "needs-source":
      return state.canReopen ? "resumable" : "lacking";
    case "paused":
      if (state.reasons.every((reason) => reason === "user" || reason === "offline")) {
        return state.reasons.includes("user") ? "resumable" : "byItself";
      }
      return null;
    case "completed":
    case "failed":
    case "cancelled":
      return null;
    default:
      return "byItself";
  }
}
