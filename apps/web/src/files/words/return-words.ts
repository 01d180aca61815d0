import { formatCount } from "../figures.ts";

/** What the page says to whom comes back to unfinished uploads. */
export const returnWords = {
  label: "Welcome back",
  title: (count: number, wasPaused: boolean) =>
    `Welcome back. ${uploads(count)} ${count === 1 ? "was" : "were"} ${wasPaused ? "left unfinished" : "interrupted"} when the browser closed.`,
  safe: (share: string) => `Nothing that arrived was lost: ${share} are safe.`,
  next: describeNext,
  review: "Review",
  resume: (count: number) => `Resume ${uploads(count)}`,
  dismiss: "Dismiss this message",
} as const;

interface Counts {
  readonly byItself: number;
  readonly resumable: number;
  readonly lacking: number;
}

/** `Two can go on right now; one needs its file chosen again.` */
function describeNext({ byItself, resumable, lacking }: Counts): string {
  const total = byItself + resumable + lacking;
  const says: readonly (readonly [count: number, one: string, many: string])[] = [
    [byItself, "goes on by itself", "go on by themselves"],
    [resumable, "can go on right now", "can go on right now"],
    [lacking, "needs its file chosen again", "need their files chosen again"],
  ];
  const parts = says
    .filter(([count]) => count > 0)
    .map(([count, one, many]) => `${subject(count, total)} ${count === 1 ? one : many}`);
  const sentence = parts.join("; ");
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}

const spelled = ["", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

function subject(count: number, total: number): string {
  if (count < total) return spelled[count] ?? formatCount(count);
  if (total === 1) return "it";
  return total === 2 ? "both" : "all";
}

function uploads(count: number): string {
  return count === 1 ? "1 upload" : `${formatCount(count)} uploads`;
}
