import type { Match, SupplyOptions, Uploader } from "@hawser/client";
import { useState } from "react";
import { ConfirmDialog } from "../../design/confirm-dialog.tsx";
import { formatDayTime, formatSize } from "../figures.ts";
import { resumeWords } from "../words/resume-words.ts";
import { viewCandidate } from "./candidate-view.ts";
import { OneQuestion } from "./one-question.tsx";
import { useContentCheck } from "./use-content-check.ts";
import type { Question } from "./use-questions.ts";
import { WhichQuestion } from "./which-question.tsx";

export type Answer =
  | { readonly kind: "resume"; readonly id: string; readonly compareFirst: boolean }
  | { readonly kind: "discard"; readonly id: string }
  | { readonly kind: "new" }
  | { readonly kind: "not-now" };

interface Props {
  readonly question: Question;
  /** How many questions come after it. */
  readonly more: number;
  readonly uploader: Uploader;
  readonly nowMs: number;
  readonly onResume: (match: Match, options: SupplyOptions) => void;
  readonly onNew: () => void;
  /** None of the candidates has this file's content. */
  readonly onNone: () => void;
  readonly onNotNow: () => void;
  readonly onDiscard: (match: Match) => void;
}

/** What is asked about one file that may continue an upload. Each answer is given once. */
export function ResumeQuestion(props: Props) {
  const { question, more, uploader, nowMs } = props;
  const { picked, source } = question;
  const [matches, setMatches] = useState(question.matches);
  const [discarding, setDiscarding] = useState<Match | null>(null);
  const check = useContentCheck(uploader, source, matches, {
    onOne: (match) => props.onResume(match, {}),
    onNone: props.onNone,
    onSome: setMatches,
  });
  const take = (answer: Answer) => {
    const match = "id" in answer ? matches.find(({ candidate }) => candidate.id === answer.id) : undefined;
    if (answer.kind === "new") props.onNew();
    else if (answer.kind === "resume" && match) props.onResume(match, { compareFirst: answer.compareFirst });
    else if (answer.kind === "discard" && match) setDiscarding(match);
    else props.onNotNow();
  };
  if (discarding !== null) {
    const { title, text, yes, no } = resumeWords.discard;
    const { filename, receivedBytes } = discarding.candidate;
    return (
      <ConfirmDialog
        title={title(filename)}
        text={text(formatSize(receivedBytes))}
        yes={yes}
        no={no}
        onAnswer={(isConfirmed) => (isConfirmed ? props.onDiscard(discarding) : setDiscarding(null))}
      />
    );
  }
  const own = new Set(uploader.uploads.map(({ id, state }) => state.uploadId ?? id));
  const views = matches.map((match) => viewCandidate(match, source.facts, own.has(match.candidate.id), nowMs));
  const [first] = views;
  const [match] = matches;
  if (first !== undefined && match !== undefined && question.matches.length === 1) {
    const otherName = match.evidence === "content" ? match.candidate.filename : null;
    return <OneQuestion name={picked.name} view={first} otherName={otherName} more={more} onAnswer={take} />;
  }
  const { sizeBytes, lastModified } = source.facts;
  const facts = [
    formatSize(sizeBytes ?? 0),
    ...(lastModified === null ? [] : [resumeWords.modified(formatDayTime(Date.parse(lastModified), nowMs))]),
  ].join(", ");
  return <WhichQuestion name={picked.name} facts={facts} views={views} check={check} more={more} onAnswer={take} />;
}
