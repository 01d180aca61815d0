import type { Match, Source, UploadHandle } from "@hawser/client";
import { useEffect, useId, useRef, useState } from "react";
import { useMatches } from "../hooks/use-matches.ts";
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

/**
 * Finds out whether a source was begun before. One whose content agrees goes on without a question; one that agrees by
 * name and size is asked for; among several the person chooses, or has the content compared.
 */
export function ResumeDialog({ source, onResume, onNew, onClose }: ResumeDialogProps) {
  const words = useDialogWords();
  const [messages, format] = words;
  const { status, matches, isFull, search } = useMatches(source);
  const [chosenId, choose] = useState("");
  const [isDiscarding, setDiscarding] = useState(false);
  const name = useId();
  const certain = matches.filter(({ evidence }) => evidence === "content");
  const only = matches.length === 1 ? matches[0] : undefined;
  const sure = status === "found" && certain.length === 1 && (only || isFull) ? certain[0] : undefined;
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
  if (source === null || matches.length === 0 || sure) return null;

  const chosen = only ?? matches.find(({ candidate }) => candidate.id === chosenId) ?? (matches[0] as Match);
  const resume = (
    <Button kind={only ? "act" : undefined} isFirst={only !== undefined} onClick={() => onResume(chosen.resume())}>
      {only ? messages.resume : messages.resumeChosen}
    </Button>
  );
  if (only && isDiscarding) {
    return (
      <ConfirmDiscard
        onAnswer={(isConfirmed) => {
          setDiscarding(false);
          if (!isConfirmed) return;
          only.discard().catch(reportError);
          onClose();
        }}
      />
    );
  }
  const { candidate } = chosen;
  return (
    <Dialog
      isWide={!only}
      title={only ? messages.resumeOne(candidate.filename, percentOf(chosen, words)) : messages.whichOne}
      onClose={onClose}
      actions={
        only ? (
          <>
            <Button kind="stop" onClick={() => setDiscarding(true)}>
              {messages.discard}
            </Button>
            <Button onClick={onClose}>{messages.no}</Button>
            {resume}
          </>
        ) : (
          <>
            <Button kind="quiet" onClick={onNew}>
              {messages.sendNew}
            </Button>
            {resume}
            {!isFull && (
              <Button kind="act" isFirst onClick={() => search(true)}>
                {status === "searching" ? messages.checking : messages.checkContent}
              </Button>
            )}
          </>
        )
      }
    >
      <p>
        {only
          ? messages.resumeText
          : messages.whichText(source.facts.name, format.size(source.facts.sizeBytes ?? 0), matches.length, format)}
      </p>
      {only ? (
        <div className="hawser-candidate">
          <Evidence match={only} source={source} words={words} />
        </div>
      ) : (
        matches.map((match) => (
          <label key={match.candidate.id} className="hawser-candidate">
            <input type="radio" name={name} checked={match === chosen} onChange={() => choose(match.candidate.id)} />
            <Evidence match={match} source={source} words={words} />
          </label>
        ))
      )}
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
