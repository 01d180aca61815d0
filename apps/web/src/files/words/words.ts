import { formatCount } from "../figures.ts";

/** Every sentence of the files page, in one place. Plain and short; the cause before the cure. */
export const words = {
  appName: "Hawser",
  skip: "Skip to content",
  mainNavigation: "Main",
  /** Of the page and its head, by what is going on. */
  title: {
    empty: "Files",
    safe: "Everything is safe",
    adding: "Adding files",
    onTheWay: (count: number) => `${formatCount(count)} on the way`,
    needYou: (count: number) => `${formatCount(count)} ${count === 1 ? "needs" : "need"} you`,
    offline: (count: number) => `${formatCount(count)} ${count === 1 ? "waits" : "wait"} for the network`,
    paused: (count: number) => `${formatCount(count)} paused`,
    still: "Nothing is moving yet",
    interrupted: (count: number) => `${formatCount(count)} interrupted`,
  },
  lead: {
    empty: "Nothing is on the way and nothing is stored yet.",
    asking: "Asking the server what is stored.",
    unlisted: "Nothing is on the way. What is stored cannot be listed right now.",
    safe: (count: string) =>
      count === "1"
        ? "1 file is stored on the server, checked as a whole. You can close this page."
        : `${count} files are stored on the server, each checked as a whole. You can close this page.`,
    moving: "You can close this page. What has arrived stays safe; the rest goes on when you come back.",
    movingHere: "What has arrived is safe on the server. Keep this page open until the rest is there too.",
    stalled: "What has arrived is safe on the server. The rest is tried again by itself; you can close this page.",
    stalledHere: "What has arrived is safe on the server. The rest is tried again by itself. Keep this page open.",
    adding: "What of them is on the server already is looked up first. Keep this page open.",
    interrupted: "Resume when you like. What has arrived stays safe on the server.",
    needsYou: "What has arrived is safe on the server. The rest cannot go on without you.",
    paused: "What has arrived is safe on the server. The rest goes on when you resume it.",
    offline: (share: string) => `${share} are safe on the server.`,
    offlineHere: (share: string) => `${share} are safe on the server. Keep this page open for the rest.`,
  },
  indicator: { idle: "Nothing to send", safe: "Everything is safe", offline: "Offline" },
  offline: {
    title: (since: string) => `You are offline since ${since}.`,
    text: "Nothing is lost and no attempts are spent. Everything goes on by itself when the network is back.",
    mayClose: "You may close this page.",
  },
  sections: {
    needsYou: "Needs you",
    onTheWay: "On the way",
    waiting: "Waiting",
    interrupted: "Interrupted",
    safe: "Safe on the server",
  },
  flow: {
    label: "All uploads together",
    speed: "Speed now",
    speedChart: "Speed over the last minute",
    toGo: "Still to go",
    of: (size: string) => `of ${size}`,
    lanes: (count: number) => (count === 1 ? "1 lane" : `${count} lanes`),
    left: "All safe in about",
    unknown: "not known yet",
  },
  add: {
    files: "Add files",
    folder: "Add a folder",
    chooseFiles: "Choose files…",
    chooseFolder: "Choose a folder…",
    dropHere: "Drop files or folders here",
    chooseHere: "Choose what to send",
    dropAnywhere: "Drop files or folders anywhere on this page",
    anySize: "Any size, any number. A terabyte is fine, and so is a bad connection.",
    paste: "Or paste with",
    release: "Drop to add",
    startsAtOnce: "They start right away.",
    adding: (count: number) => `Adding ${formatCount(count)} files…`,
    unreadable: (count: number) =>
      count === 1
        ? "1 file could not be read and was left out."
        : `${formatCount(count)} files could not be read and were left out.`,
  },
  promises: [
    [
      "Networks break, it goes on",
      "Every piece is remembered as it arrives. When the network or the server is back, only what is missing travels.",
    ],
    [
      "“Safe” means written to disk",
      "Green is used for nothing else. A piece counts only after the server has stored it durably and told us so.",
    ],
    [
      "Checked piece by piece, then as a whole",
      "A piece that arrives damaged is noticed and sent again. At the end you get a digest that anyone can check.",
    ],
  ],
  row: {
    safeShare: (share: string) => `${share} safe`,
    progress: "Safe on the server",
    progressText: (name: string, percent: number | null, share: string, status: string) =>
      `${name}: ${percent === null ? "" : `${percent} percent, `}${share} safe on the server. ${status}`,
    left: (time: string) => `${time} left`,
    resending: (count: number) =>
      count === 1
        ? "1 chunk arrived damaged and is sent again"
        : `${formatCount(count)} chunks arrived damaged and are sent again`,
    checking: {
      status: "Checking the whole file.",
      detail: "All bytes are on the server; it appears in a moment",
    },
    safe: "Safe",
    checkedWhole: (size: string, moment: string) => `${size}, checked as a whole ${moment}`,
    digest: "Digest",
    interrupted: "Interrupted.",
    oneClick: "One click lets this browser read the file again; it goes on from where it stopped",
    chooseAgain: "Choose the file again.",
    mayNotRead: (missingPercent: number | null) =>
      `This browser may no longer read it. Only the missing ${missingPercent === null ? "part" : `${missingPercent}%`} will travel`,
    elsewhere: "In another tab",
    details: (name: string) => `Details of ${name}`,
  },
  actions: {
    pauseAll: "Pause all",
    resumeAll: "Resume all",
    retryAll: "Retry all",
    pause: "Pause",
    resume: "Resume",
    cancel: "Cancel",
    tryNow: "Try now",
    retry: "Retry",
    choose: "Choose file…",
    chooseNew: "Choose…",
    sendAgain: "Send again",
    remove: "Remove",
    copyDigest: "Copy the digest of",
    download: "Download",
    showMore: "Show more",
    askAgain: "Ask again",
  },
  cancelDialog: {
    title: (name: string) => `Cancel ${name}?`,
    text: (size: string) => `${size} of it are on the server and will be removed there. The file here stays as it is.`,
    textNothing: "None of it has arrived yet. The file here stays as it is.",
    yes: "Cancel upload",
    no: "Keep sending",
  },
  notices: {
    digestCopied: "Digest copied",
    digestNotCopied: "This browser did not allow copying. The digest stands in the row’s title.",
    isSafe: (name: string) => `${name} is safe.`,
    areSafe: (count: number) => `${formatCount(count)} files are safe.`,
    stopped: (name: string, status: string) => `${name}: ${status}`,
    others: (count: number) => `${formatCount(count)} more ${count === 1 ? "needs" : "need"} you.`,
  },
  batch: {
    label: "What was sent",
    sent: (count: string, isOne: boolean, size: string) => `${count} ${isOne ? "file" : "files"}, ${size}`,
    how: "sent since this page was opened",
  },
  supply: {
    otherFile: "That is another file, or another version of it. Nothing was mixed; choose the one that was being sent.",
    unreadable: "This browser cannot read that file. Choose it again.",
  },
  list: {
    loading: "Asking the server what is stored.",
    failed: "The server does not answer, so what is stored cannot be listed right now.",
    nothing: "Files appear here as soon as they are complete and checked as a whole.",
  },
  notFound: { title: "Nothing is here", text: "This address leads to no page of Hawser.", home: "Go to your files" },
  broken: {
    title: "This page failed",
    text: "What the server has confirmed is safe. Load the page again to go on.",
    reload: "Load again",
  },
} as const;

/** `Third`, `24th`: the place of an upload that `ahead` others go before. */
export function placeInLine(ahead: number): string {
  const place = ahead + 1;
  const spelled = ["First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth"][ahead];
  if (spelled !== undefined) return `${spelled} in line.`;
  const tail = place % 100 >= 11 && place % 100 <= 13 ? "th" : (["th", "st", "nd", "rd"][place % 10] ?? "th");
  return `${formatCount(place)}${tail} in line.`;
}
