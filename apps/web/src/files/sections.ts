import type { UploadState } from "@hawser/client";
import { needsPerson } from "./row-view.ts";

/** The uploads by who must act; within a section in the order in which they were added. */
export interface Sections {
  readonly needsYou: readonly UploadState[];
  /** Begun before this page was opened; they lack their file. */
  readonly interrupted: readonly NeedsSource[];
  readonly onTheWay: readonly UploadState[];
  /** Finished in this life of the page, newest first. */
  readonly completed: readonly Extract<UploadState, { status: "completed" }>[];
}

export type NeedsSource = Extract<UploadState, { status: "needs-source" }>;

export function sortUploads(states: readonly UploadState[]): Sections {
  const needsYou: UploadState[] = [];
  const interrupted: NeedsSource[] = [];
  const onTheWay: UploadState[] = [];
  const completed: Extract<UploadState, { status: "completed" }>[] = [];
  for (const state of states) {
    if (state.status === "completed") completed.push(state);
    else if (state.status === "cancelled") continue;
    else if (state.status === "needs-source" && state.isFromEarlier) interrupted.push(state);
    else if (needsPerson(state)) needsYou.push(state);
    else onTheWay.push(state);
  }
  return { needsYou, interrupted, onTheWay, completed: completed.reverse() };
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

/** What cannot go on without the person. */
export interface Needs {
  readonly needYou: number;
  readonly interrupted: number;
}

/** What is going on as a whole: the page's title, lead and indicator follow from it. */
export type Standing =
  | { readonly kind: "empty" }
  /** Files are being taken in, and nothing else is going on. */
  | { readonly kind: "adding" }
  /** Nothing of this device and nothing that is stored, but another device sends something. */
  | { readonly kind: "elsewhere" }
  | { readonly kind: "safe"; readonly isMoreComing: boolean }
  | { readonly kind: "offline"; readonly waiting: number }
  | ({ readonly kind: "paused"; readonly paused: number } & Needs)
  | ({ readonly kind: "moving"; readonly onTheWay: number; readonly isStalled: boolean } & Needs)
  | ({ readonly kind: "needs-you" } & Needs)
  /** Nothing but uploads of before, which wait for the person. */
  | { readonly kind: "interrupted"; readonly interrupted: number };

interface Circumstances {
  readonly isOnline: boolean;
  /** Whether anything is stored on the server. */
  readonly hasFiles: boolean;
  /** Whether files are being taken in, or a question about one of them is open. */
  readonly isAdding: boolean;
  /** Whether anything of other devices is shown, and whether anything of it is still on its way. */
  readonly hasRemotes: boolean;
  readonly isMoreComing: boolean;
}

export function standingOf(sections: Sections, circumstances: Circumstances): Standing {
  const { isOnline, hasFiles, isAdding, hasRemotes, isMoreComing } = circumstances;
  const { onTheWay } = sections;
  const needs: Needs = { needYou: sections.needsYou.length, interrupted: sections.interrupted.length };
  if (onTheWay.length === 0) {
    // What is not on its way yet is neither safe nor nothing.
    if (isAdding) return { kind: "adding" };
    if (needs.needYou > 0) return { kind: "needs-you", ...needs };
    if (needs.interrupted > 0) return { kind: "interrupted", interrupted: needs.interrupted };
    if (hasFiles) return { kind: "safe", isMoreComing };
    return { kind: hasRemotes ? "elsewhere" : "empty" };
  }
  if (!isOnline) return { kind: "offline", waiting: onTheWay.length };
  return onTheWay.every(isPausedByPerson)
    ? { kind: "paused", paused: onTheWay.length, ...needs }
    : { kind: "moving", onTheWay: onTheWay.length, isStalled: isStalled(onTheWay), ...needs };
}

function isPausedByPerson(state: UploadState): boolean {
  return state.status === "paused" && state.reasons.includes("user");
}
