import type { PauseReason, UploadState } from "@hawser/client";

const reasons: readonly PauseReason[] = ["parked", "quota", "auth"];

/** Whether it stands still after trouble, and a person can give it new attempts. */
export function isRetryable(state: UploadState): boolean {
  return state.status === "paused" && state.reasons.some((reason) => reasons.includes(reason));
}
