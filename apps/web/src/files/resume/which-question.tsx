import { type ReactNode, useId, useRef, useState } from "react";
import { Icon } from "../../design/icon.tsx";
import { Modal } from "../../design/modal.tsx";
import { Rope } from "../../design/rope.tsx";
import { formatCount } from "../figures.ts";
import { resumeWords } from "../words/resume-words.ts";
import type { CandidateView } from "./candidate-view.ts";
import { CompareFirst } from "./compare-first.tsx";
import { EvidenceList } from "./evidence-list.tsx";
import type { Answer } from "./resume-question.tsx";
import type { ContentCheck } from "./use-content-check.ts";

interface Props {
  readonly name: string;
  /** Its size and time. */
  readonly facts: string;
  readonly views: readonly CandidateView[];
  readonly check: ContentCheck;
  readonly more: number;
  readonly onAnswer: (answer: Answer) => void;
}

const { actions, many } = resumeWords;

/** Several uploads may be this file: what is known of each, and a check that decides. */
export function WhichQuestion({ name, facts, views, check, more, onAnswer }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [wanted, choose] = useState("");
  const [compareFirst, setCompareFirst] = useState(false);
  const chosen = (views.find(({ id }) => id === wanted) ?? views[0])?.id ?? "";
  const close = (answer: Answer["kind"]) => () => dialog.current?.close(answer);
  const answer = (value: string) => {
    check.stop();
    if (value === "resume") onAnswer({ kind: "resume", id: chosen, compareFirst });
    else onAnswer({ kind: value === "new" ? "new" : "not-now" });
  };
  const canCheck = check.outcome === null;
  return (
    <Modal dialog={dialog} className="dlg dlg-w" isDescribed onClose={answer}>
      {(ids) => (
        <>
          <div className="dlg-b">
            <div className="dlg-h">
              <h2 id={ids.title}>{many.title}</h2>
              <button
                className="ib"
                type="button"
                aria-label={actions.notNow}
                title={actions.notNow}
                onClick={close("not-now")}
              >
                <Icon name="cross" />
              </button>
            </div>
            <p id={ids.text} className="t-lead">
              {many.chosen} <b>{name}</b>
              {many.facts(facts, formatCount(views.length))} {many[check.outcome ?? "check"]}
            </p>
            <Candidates views={views} chosen={chosen} onChoose={choose} />
            <CompareFirst isOn={compareFirst} onChange={setCompareFirst} />
            {check.percent !== null && <Checking percent={check.percent} />}
            {check.hasFailed && <p className="up-note">{resumeWords.checkFailed}</p>}
            {more > 0 && <p className="t-cap">{resumeWords.more(more)}</p>}
          </div>
          <div className="dlg-f dlg-f-many">
            <button className="btn btn-quiet dlg-first" type="button" onClick={close("new")}>
              {actions.none}
            </button>
            <button className={canCheck ? "btn" : "btn btn-act"} type="button" onClick={close("resume")}>
              {actions.resumeChosen}
            </button>
            {canCheck && <CheckButton check={check} />}
          </div>
        </>
      )}
    </Modal>
  );
}

/** One button before and while the file is read, so that the keyboard keeps its place. */
function CheckButton({ check }: { check: ContentCheck }) {
  const isChecking = check.percent !== null;
  return (
    <button
      className={isChecking ? "btn" : "btn btn-act"}
      type="button"
      data-first
      onClick={isChecking ? check.stop : check.begin}
    >
      <Icon name={isChecking ? "cross" : "hash"} />
      {isChecking ? actions.stopChecking : actions.check}
    </button>
  );
}

function Checking({ percent }: { percent: number }) {
  const text = resumeWords.checking(percent);
  return (
    <div className="checking">
      <progress max={100} value={percent} aria-label={actions.check} />
      <span className="t-cap num">{text}</span>
    </div>
  );
}

interface CandidatesProps {
  readonly views: readonly CandidateView[];
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
}

function Candidates({ views, chosen, onChoose }: CandidatesProps): ReactNode {
  const group = useId();
  return (
    <fieldset className="cands">
      <legend className="sr">{many.candidates}</legend>
      {views.map((view, index) => (
        <label key={view.id} className="cand">
          <input
            className="radio"
            type="radio"
            name={group}
            checked={view.id === chosen}
            aria-labelledby={`${group}${index}t ${group}${index}p`}
            aria-describedby={`${group}${index}e`}
            onChange={() => onChoose(view.id)}
          />
          <span className="cand-facts">
            <span className="cand-1">
              <b id={`${group}${index}t`}>{view.title}</b>
              <span id={`${group}${index}p`} className="num c-2">
                {resumeWords.candidate.safe(view.percent)}
              </span>
            </span>
            <Rope chunks={view.chunks} />
            <EvidenceList id={`${group}${index}e`} items={view.evidence} />
            {view.keptUntil !== null && (
              <span className="t-cap">{resumeWords.candidate.keptUntil(view.keptUntil)}</span>
            )}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
