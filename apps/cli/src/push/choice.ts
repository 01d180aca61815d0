import type { Match } from "@hawser/client";

/** `ask`: a person can be asked. `yes`: what would be offered is taken. `silent`: nobody can be asked. */
export type Manner = "ask" | "yes" | "silent";

/** How a file begins when the journal says nothing about it. */
export type Choice =
  | { readonly kind: "anew" }
  | { readonly kind: "resume"; readonly match: Match }
  | { readonly kind: "ask"; readonly matches: readonly Match[] }
  /** There was something, but nobody who could say whether it is the same file. */
  | { readonly kind: "unasked"; readonly matches: readonly Match[] };

/**
 * A hash of the content decides, in silence; name, size and time are only offered.
 * @param matches best evidence first
 */
export function chooseMatch(matches: readonly Match[], manner: Manner): Choice {
  const [best] = matches;
  if (best === undefined) return { kind: "anew" };
  if (best.evidence === "content") return { kind: "resume", match: fullest(matches) };
  if (manner === "yes") return { kind: "resume", match: best };
  return { kind: manner === "ask" ? "ask" : "unasked", matches };
}

/** Whether reading the whole file could tell the candidates apart. */
export function needsFullHash(matches: readonly Match[]): boolean {
  return (
    matches.length > 1 && matches[0]?.evidence !== "content" && matches.some((match) => match.candidate.evidence.sha256)
  );
}

/** Of the same content, the one with the least left to send. */
function fullest(matches: readonly Match[]): Match {
  const same = matches.filter(({ evidence }) => evidence === "content");
  return same.reduce((best, match) => (match.candidate.receivedBytes > best.candidate.receivedBytes ? match : best));
}
