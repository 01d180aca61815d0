import { chooseMatch, type Match, type MatchChoice, type UploadState } from "@hawser/client";

/** What is to be done with a file that may continue an upload. */
export type Choice =
  | MatchChoice
  /** It is on its way already. */
  | { readonly kind: "present"; readonly id: string };

/**
 * What becomes of a file called `name`: an upload of this page that still has its file is no candidate, and the same
 * content under another name goes on only when the person says so, since two files may be alike.
 */
export function chooseFor(name: string, matches: readonly Match[], states: readonly UploadState[]): Choice {
  const own = new Map(states.map((state) => [state.uploadId ?? state.id, state]));
  const busy = (match: Match) => {
    const state = own.get(match.candidate.id);
    return state !== undefined && state.status !== "needs-source" ? state : undefined;
  };
  const hasName = ({ candidate }: Match) => candidate.filename.normalize("NFC") === name.normalize("NFC");
  for (const match of matches) {
    const state = busy(match);
    if (state !== undefined && match.evidence === "content" && hasName(match)) return { kind: "present", id: state.id };
  }
  const choice = chooseMatch(matches.filter((match) => busy(match) === undefined));
  return choice.kind === "resume" && !hasName(choice.match) ? { kind: "ask", matches: [choice.match] } : choice;
}
