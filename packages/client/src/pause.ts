/**
 * Why an upload stands still. A set, not a switch: the network's return must not undo what a person said.
 * `other` is the app's own reason.
 */
export const pauseReasons = ["user", "offline", "auth", "quota", "parked", "other"] as const;
export type PauseReason = (typeof pauseReasons)[number];
