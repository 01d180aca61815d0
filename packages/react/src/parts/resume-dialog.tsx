import type { Match, Source, UploadHandle } from "@hawser/client";
import { useEffect, useId, useRef, useState } from "react";
import { type Matches, useMatches } from "../hooks/use-matches.ts";
import { type DialogWords, useDialogWords } from "../words/use-dialog-words.ts";
import { Button } from "./button.tsx";
import { Confirm, Dialog } from "./dialog.tsx";

export interface ResumeDialogProps {
  /** What the person has chosen; null: nothing is asked. */
  readonly source: Source | null;
  /** An upload that was begun with it goes on. */
  readonly onResume: (handle: UploadHandle) => void;
  /** There is none, the server could not say, or the person wants a new one. */
  readonly onNew: () => void;
  /** The person does not want to decide now. Nothing was changed, or what was there is discarded. */
  readonly onClose: () => void;
}

/** See `ResumeDialog` of later.tsx. */
export function ResumeDialog(props: ResumeDialogProps) {
  const { source, onResume, onNew } = props;
  const found = useMatches(source);
  const { status, matches, isFull } = found;
  const certain = matches.filter(({ evidence }) => evidence === "content");
  const sure = status === "found" && certain.length === 1 && (matches.length === 1 || isFull) ? certain[0] : undefined;
  const isNew = status === "failed" || (status === "found" && matches.length === 0);
  const answers = useRef({ onResume, onNew });
  useEffect(() => {
    answers.current = { onResume, onNew };
  });
  const answered = useRef<unknown>(null);
  useEffect(() => {
    // Once for each search, also where effects are done twice.
    if (answered.current === matches) return;
    if (sure || isNew) answered.current = matches;
    if (sure) answers.current.onResume(sure.resume());
    else if (isNew) answers.current.onNew();
  }, [sure, isNew, matches]);
  const [first, second] = matches;
  if (source === null || first === undefined || sure) return null;
  if (second === undefined) return <OneCandidate {...props} source={source} match={first} />;
  return <Candidates {...props} source={source} found={found} first={first} />;
}

interface OneProps extends ResumeDialogProps {
  readonly source: Source;
  readonly match: Match;
}

function OneCandidate({ source, match, onResume, onClose }: OneProps) {
  const words = useDialogWords();
  const [messages] = words;
  const [isDiscarding, setDiscarding] = useState(false);
  const discard = (isConfirmed: boolean) => {
    setDiscarding(false);
    if (!isConfirmed) return;
    match.discard().catch(reportError);
    onClose();
  };
  if (isDiscarding) return <ConfirmDiscard onAnswer={discard} />;
  return (
    <Dialog
      title={messages.resumeOne(match.candidate.filename, percentOf(match, words))}
      onClose={onClose}
      actions={
        <>
          <Button kind="stop" onClick={() => setDiscarding(true)}>
            {messages.discard}
          </Button>
          <Button onClick={onClose}>{messages.no}</Button>
          <Button kind="act" isFirst onClick={() => onResume(match.resume())}>
            {messages.resume}
          </Button>
        </>
      }
    >
      <p>{messages.resumeText}</p>
      <Evidence match={match} source={source} words={words} />
    </Dialog>
  );
}

interface CandidatesProps extends ResumeDialogProps {
  readonly source: Source;
  readonly found: Matches;
  readonly first: Match;
}

function Candidates({ source, found, first, onResume, onNew, onClose }: CandidatesProps) {
  const words = useDialogWords();
  const [messages, format] = words;
  const { status, matches, isFull, search } = found;
  const [chosenId, choose] = useState("");
  const chosen = matches.find(({ candidate }) => candidate.id === chosenId) ?? first;
  const name = useId();
  const { facts } = source;
  return (
    <Dialog
      isWide
      title={messages.whichOne}
      onClose={onClose}
      actions={
        <>
          <Button kind="quiet" onClick={onNew}>
            {messages.sendNew}
          </Button>
          <Button onClick={() => onResume(chosen.resume())}>{messages.resumeChosen}</Button>
          {!isFull && (
            <Button kind="act" isFirst onClick={() => search(true)}>
              {status === "searching" ? messages.checking : messages.checkContent}
            </Button>
          )}
        </>
      }
    >
      <p>{messages.whichText(facts.name, format.size(facts.sizeBytes ?? 0), matches.length, format)}</p>
      {matches.map((match) => (
        <label key={match.candidate.id} className="hawser-candidate">
          <input type="radio" name={name} checked={match === chosen} onChange={() => choose(match.candidate.id)} />
          <Evidence match={match} source={source} words={words} />
        </label>
      ))}
    </Dialog>
  );
}

function percentOf({ candidate: { receivedBytes, size } }: Match, [, format]: DialogWords): string {
  return format.percent({ confirmedBytes: receivedBytes, sizeBytes: size });
}

interface EvidenceProps {
  readonly match: Match;
  readonly source: Source;
  readonly words: DialogWords;
}

/** What is known of a candidate: what agrees, what differs, what nobody knows. */
function Evidence({ match, source, words }: EvidenceProps) {
  const [messages, format] = words;
  const { candidate, evidence } = match;
  const { filename, size, lastModified, receivedBytes, createdAt, expiresAt } = candidate;
  const { facts } = source;
  // What never reached the server does not expire there.
  const keptUntil = expiresAt.startsWith("9999") ? "" : format.moment(expiresAt);
  const known: readonly (readonly ["same" | "other" | "unknown", string])[] = [
    [filename === facts.name ? "same" : "other", messages.sameName],
    [size === facts.sizeBytes ? "same" : "other", messages.sameSize],
    lastModified === undefined
      ? ["unknown", messages.noTime]
      : lastModified === facts.lastModified
        ? ["same", messages.sameTime]
        : ["other", messages.otherTime(format.moment(lastModified))],
    evidence === "content" ? ["same", messages.sameContent] : ["unknown", messages.contentUnknown],
  ];
  return (
    <span className="hawser-evidence">
      <strong>{messages.candidate(percentOf(match, words), format.moment(createdAt), keptUntil)}</strong>
      <progress max={size ?? receivedBytes} value={receivedBytes} aria-label={messages.progress} />
      <span className="hawser-known">
        {known.map(([is, text]) => (
          <span key={text} data-known={is}>
            {text}
          </span>
        ))}
      </span>
    </span>
  );
}

export function ConfirmDiscard({ onAnswer }: { readonly onAnswer: (isConfirmed: boolean) => void }) {
  const [messages] = useDialogWords();
  return (
    <Confirm title={messages.discardTitle} text={messages.discardText} yes={messages.discardYes} onAnswer={onAnswer} />
  );
}
