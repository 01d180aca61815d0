import { formatCount } from "../figures.ts";

/** Sentences about uploads of other devices. */
export const remoteWords = {
  section: "On the way from elsewhere",
  lead: {
    nothingHere: "Nothing is on the way from here, and nothing is stored yet.",
    /** As long as without it, so that the page does not move when something begins elsewhere. */
    safe: (count: string) =>
      count === "1"
        ? "1 file is stored on the server; more is unfinished elsewhere. You can close this page."
        : `${count} files are stored on the server; more is unfinished elsewhere. You can close this page.`,
  },
  starting: { status: "Starting.", detail: "Nothing of it has arrived yet" },
  uploading: "Uploading.",
  silent: {
    since: (moment: string) => `Nothing since ${moment}.`,
    detail: "What arrived stays safe. It goes on where it was begun",
    nothingYet: "Nothing of it has arrived yet. It goes on where it was begun",
  },
  refused: (what: string) => `${what}. It can be sent again where it was begun`,
  refusedStatus: "Not accepted.",
  failed: { status: "Stopped.", unknown: "The server could not finish it" },
  cancelled: { status: "Cancelled.", detail: "What had arrived was removed" },
  expired: { status: "Expired.", detail: "Unfinished for too long, so what had arrived was removed" },
  notices: {
    begun: (name: string) => `${name} is on its way from elsewhere.`,
    areBegun: (count: number) => `${formatCount(count)} uploads are on their way from elsewhere.`,
    ended: (name: string, status: string) => `${name}, from elsewhere: ${status}`,
    haveEnded: (count: number) => `${formatCount(count)} uploads from elsewhere ended without success.`,
  },
} as const;
