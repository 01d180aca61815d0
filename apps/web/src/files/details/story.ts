import type { TraceEvent } from "@hawser/client";
import { type ErrorCode, isErrorCode } from "@hawser/protocol";
import { formatTime } from "../figures.ts";
import { storyWords } from "../words/details-words.ts";
import { errorWords } from "../words/error-words.ts";

/** Something that happened to an upload, as a person would tell it. */
export interface Happening {
  /** Wall time in milliseconds. */
  readonly atMs: number;
  readonly tone: "move" | "wait" | "stop" | "ok" | "safe" | "rest";
  readonly title: string;
  /** What it meant; empty where the title says all. */
  readonly text: string;
}

type Told = Omit<Happening, "atMs">;

const longest = 30;

/** What happened to one upload, newest first. Events that say nothing to a person are left out. */
export function tellStory(trace: readonly TraceEvent[], id: string, beganMs: number): readonly Happening[] {
  const story: Happening[] = [];
  let count = 1;
  for (const event of trace) {
    if (event.upload !== id) continue;
    const before = story.at(-1);
    const told = event.event === "sending" ? tellSending(before, beganMs + event.atMs) : tell(event);
    if (told === null) continue;
    // The same trouble again and again is told once, with its latest time.
    const isAgain = before !== undefined && before.tone === told.tone && before.title.startsWith(told.title);
    count = isAgain ? count + 1 : 1;
    if (isAgain) story.pop();
    const title = count > 1 && told.tone === "wait" ? storyWords.times(told.title, count) : told.title;
    story.push({ ...told, title, atMs: beganMs + event.atMs });
  }
  return story.reverse().slice(0, longest);
}

function tell({ event, data }: TraceEvent): Told | null {
  const code = codeOf(data?.code);
  switch (event) {
    case "added":
      return { tone: "rest", ...storyWords.added };
    case "replayed":
      return { tone: "rest", ...storyWords.replayed };
    case "creating":
      return { tone: "move", ...storyWords.creating };
    case "retried":
      return { tone: "wait", title: whatOf(code), text: storyWords.retried(spanOf(data?.delayMs)) };
    case "restarted":
      return { tone: "wait", title: storyWords.restarted, text: sentence(code) };
    case "held":
      return tellHeld(data?.reason, code);
    case "released":
      return { tone: "ok", ...storyWords.released };
    case "lost":
      return { tone: "wait", ...storyWords.lost };
    case "supplied":
      return { tone: "ok", ...storyWords.supplied };
    case "verifying":
      return { tone: "move", ...storyWords.verifying };
    case "completed":
      return { tone: "safe", ...storyWords.completed };
    case "failed":
      return { tone: "stop", title: storyWords.failed, text: sentence(code) };
    case "cancelled":
      return { tone: "rest", ...storyWords.cancelled };
    case "journal-failed":
      return { tone: "wait", ...storyWords.journalFailed };
    default:
      return null;
  }
}

/** That it moves is news only after it did not. */
function tellSending(before: Happening | undefined, atMs: number): Told | null {
  if (before?.tone === "wait") return { tone: "ok", ...storyWords.wentOn(formatTime(atMs - before.atMs)) };
  return before === undefined || before.tone === "rest" ? { tone: "move", ...storyWords.sending } : null;
}

function tellHeld(reason: unknown, code: ErrorCode | null): Told {
  if (reason === "user") return { tone: "rest", ...storyWords.paused };
  if (reason === "offline") return { tone: "wait", ...storyWords.offline };
  if (reason === "auth") return { tone: "wait", ...storyWords.signedOut };
  if (reason === "parked" || reason === "quota")
    return { tone: "stop", title: storyWords.failed, text: sentence(code) };
  return { tone: "rest", ...storyWords.held };
}

function codeOf(code: unknown): ErrorCode | null {
  return typeof code === "string" && isErrorCode(code) ? code : null;
}

function whatOf(code: ErrorCode | null): string {
  return code === null ? storyWords.trouble : errorWords(code).what;
}

function sentence(code: ErrorCode | null): string {
  return code === null ? "" : `${whatOf(code)}. ${errorWords(code).cure}.`;
}

function spanOf(delayMs: unknown): string {
  return formatTime(typeof delayMs === "number" ? delayMs : 0);
}
