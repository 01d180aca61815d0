import type { Format } from "./format.ts";

/** Photos, videos and other files of an upload that was interrupted: how many are safe, of how many. */
export type PartCounts = Readonly<Record<"photo" | "video" | "file", readonly [safe: number, total: number]>>;

/** What the dialogs say; loaded with them. */
export interface DialogMessages {
  readonly cancelTitle: (name: string) => string;
  readonly cancelText: string;
  readonly cancelYes: string;
  /** Of every question: not that. */
  readonly no: string;
  readonly resume: string;
  readonly discard: string;
  readonly discardYes: string;
  readonly discardTitle: string;
  readonly discardText: string;
  readonly resumeOne: (name: string, percent: string) => string;
  readonly resumeParts: (counts: PartCounts) => string;
  readonly resumeText: string;
  readonly whichOne: string;
  readonly whichText: (name: string, size: string, count: number, format: Format) => string;
  readonly candidate: (percent: string, began: string, keptUntil: string) => string;
  readonly sameName: string;
  readonly sameSize: string;
  readonly sameTime: string;
  readonly otherTime: (moment: string) => string;
  readonly noTime: string;
  readonly sameContent: string;
  readonly contentUnknown: string;
  readonly checkContent: string;
  readonly checking: string;
  readonly resumeChosen: string;
  readonly sendNew: string;
}

export const englishDialogs: DialogMessages = {
  cancelTitle: (name) => `Cancel ${name}?`,
  cancelText: "What has arrived will be removed from the server. The file here stays as it is.",
  cancelYes: "Cancel upload",
  no: "Not now",
  resume: "Resume",
  discard: "Discard…",
  discardYes: "Discard",
  discardTitle: "Discard what was uploaded?",
  discardText: "It will be removed from the server. The files here stay as they are.",
  resumeOne: (name, percent) => `Resume ${name} from ${percent}?`,
  resumeParts: (counts) =>
    `Resume previous upload? (${partsOf(counts, { photo: "photos", video: "videos", file: "files" }, "video").join(" and ")} uploaded)`,
  resumeText: "What arrived is safe on the server. Only the rest will travel.",
  whichOne: "Which one is it?",
  whichText: (name, size, count, { plural }) =>
    `You chose ${name} (${size}). ${plural(count, "# unfinished upload", "# unfinished uploads")} may be this file. ` +
    "Checking the content reads all of it and decides; nothing is mixed in the meantime.",
  candidate: (percent, began, keptUntil) =>
    `${percent} safe, begun ${began}${keptUntil && `, kept until ${keptUntil}`}`,
  sameName: "Name",
  sameSize: "Size",
  sameTime: "Modified time",
  otherTime: (moment) => `Modified ${moment}`,
  noTime: "Modified time not recorded",
  sameContent: "Content",
  contentUnknown: "Content not compared yet",
  checkContent: "Check by content",
  checking: "Reading the file",
  resumeChosen: "Resume chosen",
  sendNew: "None of these, send as new",
};

/** `3/10 photos`, `video`: a lone video that is safe needs no figures. */
export function partsOf(
  counts: PartCounts,
  names: Readonly<Record<keyof PartCounts, string>>,
  oneVideo: string,
): string[] {
  const parts: string[] = [];
  for (const kind of ["photo", "file", "video"] as const) {
    const [safe, total] = counts[kind];
    if (total === 0) continue;
    const isOneVideo = kind === "video" && total === 1;
    parts.push(isOneVideo && safe === 1 ? oneVideo : `${safe}/${total} ${isOneVideo ? oneVideo : names[kind]}`);
  }
  return parts;
}
