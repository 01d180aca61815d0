export const uploadStates = ["active", "assembling", "completed", "failed", "cancelled", "expired"] as const;
export type UploadState = (typeof uploadStates)[number];

/** The four states that are never left. */
export const finalStates: readonly UploadState[] = ["completed", "failed", "cancelled", "expired"];

/** The allowed moves; whoever makes one does it by compare-and-set in the ledger. */
export const transitions: Readonly<Record<UploadState, readonly UploadState[]>> = {
  active: ["assembling", "cancelled", "expired"],
  assembling: ["completed", "failed", "active"],
  completed: [],
  failed: [],
  cancelled: [],
  expired: [],
};

export const priorities = ["low", "normal", "high"] as const;
export type Priority = (typeof priorities)[number];
