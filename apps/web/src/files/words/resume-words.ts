import { formatCount } from "../figures.ts";

/** What is asked when a file may continue an upload that was begun before. */
export const resumeWords = {
  one: {
    title: (name: string, percent: number) => `Resume “${name}” from ${percent}%?`,
    titleUnsent: (name: string) => `Resume “${name}”?`,
    byContent: (theirs: string) => `What was begun as “${theirs}” has the same content. Only what is missing travels.`,
    byName: "Name and size are those of an upload that was begun before. Only what is missing travels.",
  },
  many: {
    title: "Which one is it?",
    chosen: "You chose",
    facts: (facts: string, count: string) => ` (${facts}). ${count} unfinished uploads may be this file.`,
    check: "Checking the content reads the whole file once and decides; nothing is mixed in the meantime.",
    alike: "These have the same content, so either will do.",
    unknown: "Of these no hash was recorded, so the content cannot tell.",
    candidates: "Unfinished uploads",
  },
  modified: (moment: string) => `modified ${moment}`,
  checking: (percent: number) => `Reading the file: ${percent}%`,
  checkFailed: "The server did not answer, so the content could not be compared.",
  compareFirst: "Compare everything first",
  compareFirstText: "Reads the whole file again before anything is sent; slower, certain",
  more: (count: number) =>
    `${formatCount(count)} more ${count === 1 ? "file has" : "files have"} a question after this.`,
  evidence: {
    label: "What is known of it",
    name: "Name",
    otherName: (name: string) => `Called ${name}`,
    size: "Size",
    noSize: "Size not recorded",
    time: "Modified time",
    otherTime: (time: string) => `Modified ${time}`,
    noTime: "Modified time not recorded",
    content: "Content",
    notCompared: "Content not compared yet",
    noHash: "No hash recorded",
  },
  candidate: {
    begun: (moment: string) => `Begun ${moment}`,
    begunHere: (moment: string) => `Begun in this browser ${moment}`,
    keptUntil: (day: string) => `Kept until ${day}`,
    safe: (percent: number) => `${percent}% safe`,
    progress: (percent: number) => `${percent} percent is safe on the server`,
  },
  actions: {
    resume: "Resume",
    notNow: "Not now",
    discard: "Discard…",
    sendNew: "Send as new",
    check: "Check by content",
    resumeChosen: "Resume chosen",
    none: "None of these, send as new",
    stopChecking: "Stop checking",
  },
  discard: {
    title: (name: string) => `Discard what arrived of ${name}?`,
    text: (size: string) => `${size} on the server will be removed there, and the file is sent from its beginning.`,
    yes: "Discard and send anew",
    no: "Keep it",
  },
  notices: {
    goesOn: (name: string, percent: number) => `${name} goes on from ${percent}%.`,
    present: (name: string) => `${name} is on its way already.`,
    noneHasIt: (name: string) => `None of them has the content of ${name}; it is sent as new.`,
    notDiscarded: "The server did not answer, so what arrived stays there until it expires.",
  },
} as const;
