import type { UploadState } from "@hawser/client";
import { needsPerson } from "./row-view.ts";

/** The uploads by who must act; within a section in the order in which they were added. */
export interface Sections {
  readonly needsYou: readonly UploadState[];
  readonly onTheWay: readonly UploadState[];
  /** Finished in this life of the page, newest first. */
  readonly completed: readonly Extract<UploadState, { status: "completed" }>[];
}

export function sortUploads(states: readonly UploadState[]): Sections {
  const needsYou: UploadState[] = [];
  const onTheWay: UploadState[] = [];
  const completed: Extract<UploadState, { status: "completed" }>[] = [];
  for (const state of states) {
    if (state.status === "completed") completed.push(state);
    else if (state.status === "cancelled") continue;
    else if (needsPerson(state)) needsYou.push(state);
    else onTheWay.push(state);
  }
  return { needsYou, onTheWay, completed: completed.reverse() };
}

/** Whether nothing gets through: something waits for its next attempt, and nothing else is at work. */
function isStalled(onTheWay: readonly UploadState[]): boolean {
  return onTheWay.some(({ status }) => status === "waiting") && !onTheWay.some(({ status }) => working.has(status));
}

const working: ReadonlySet<UploadState["status"]> = new Set(["preparing", "creating", "uploading", "verifying"]);

/** Those that stand still on the server's side and can be tried anew together. */
export function stoppedOf({ needsYou }: Sections): readonly UploadState[] {
  return needsYou.filter(({ status }) => status === "paused");
}

/** What is going on as a whole: the page's title, lead and indicator follow from it. */
export type Standing =
  | { readonly kind: "empty" }
  | { readonly kind: "safe" }
  | { readonly kind: "offline"; readonly waiting: number }
  | { readonly kind: "paused"; readonly paused: number; readonly needYou: number }
  | { readonly kind: "moving"; readonly onTheWay: number; readonly needYou: number; readonly isStalled: boolean }
  | { readonly kind: "needs-you"; readonly needYou: number };

/** @param hasFiles whether anything is stored on the server */
export function standingOf({ needsYou, onTheWay }: Sections, isOnline: boolean, hasFiles: boolean): Standing {
  if (onTheWay.length === 0 && needsYou.length === 0) return { kind: hasFiles ? "safe" : "empty" };
  if (onTheWay.length === 0) return { kind: "needs-you", needYou: needsYou.length };
  if (!isOnline) return { kind: "offline", waiting: onTheWay.length };
  const needYou = needsYou.length;
  return onTheWay.every(isPausedByPerson)
    ? { kind: "paused", paused: onTheWay.length, needYou }
    : { kind: "moving", onTheWay: onTheWay.length, needYou, isStalled: isStalled(onTheWay) };
}

function isPausedByPerson(state: UploadState): boolean {
  return state.status === "paused" && state.reasons.includes("user");
}
