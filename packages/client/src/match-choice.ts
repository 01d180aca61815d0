import type { Match } from "./uploader-api.ts";

/**
 * What to do with a source that may be known already:
 * - `resume`: go on with this one by itself
 * - `ask`: a person has to say which of these it is, or none
 * - `new`: begin a new upload
 */
export type MatchChoice =
  | { readonly kind: "resume"; readonly match: Match }
  | { readonly kind: "ask"; readonly matches: readonly Match[] }
  | { readonly kind: "new" };

/**
 * The rule behind `Uploader.match`: one match whose content agreed is taken, whatever else has the same name. Where
 * only names, sizes and times agree, or the content of several, nobody but a person knows.
 */
export function chooseMatch(matches: readonly Match[]): MatchChoice {
  const same = matches.filter(({ evidence }) => evidence === "content");
  const [match] = same;
  if (match !== undefined && same.length === 1) return { kind: "resume", match };
  if (matches.length === 0) return { kind: "new" };
  return { kind: "ask", matches: same.length > 0 ? same : matches };
}
