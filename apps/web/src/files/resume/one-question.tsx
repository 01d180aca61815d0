import { useRef, useState } from "react";
import { Modal } from "../../design/modal.tsx";
import { Rope } from "../../design/rope.tsx";
import { resumeWords } from "../words/resume-words.ts";
import type { CandidateView } from "./candidate-view.ts";
import { CompareFirst } from "./compare-first.tsx";
import { EvidenceList } from "./evidence-list.tsx";
import type { Answer } from "./resume-question.tsx";

interface Props {
  readonly name: string;
  readonly view: CandidateView;
  /** The name of the upload when it is another one. */
  readonly otherName: string | null;
  readonly more: number;
  readonly onAnswer: (answer: Answer) => void;
}

const { actions, one } = resumeWords;

/** The exact question: resume this upload, from where it stopped? */
export function OneQuestion({ name, view, otherName, more, onAnswer }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [compareFirst, setCompareFirst] = useState(false);
  const close = (answer: Answer["kind"]) => () => dialog.current?.close(answer);
  const answer = (value: string) => {
    if (value === "resume") onAnswer({ kind: "resume", id: view.id, compareFirst });
    else if (value === "discard") onAnswer({ kind: "discard", id: view.id });
    else onAnswer({ kind: value === "new" ? "new" : "not-now" });
  };
  return (
    <Modal dialog={dialog} className="dlg" isDescribed onClose={answer}>
      {(ids) => (
        <>
          <div className="dlg-b">
            <h2 id={ids.title}>{view.percent === 0 ? one.titleUnsent(name) : one.title(name, view.percent)}</h2>
            <p id={ids.text} className="t-lead">
              {otherName === null ? one.byName : one.byContent(otherName)}
            </p>
            <div className="cand-facts">
              <Rope
                chunks={view.chunks}
                progress={{
                  label: resumeWords.candidate.safe(view.percent),
                  percent: view.percent,
                  text: resumeWords.candidate.progress(view.percent),
                }}
              />
              <EvidenceList items={view.evidence} />
              <Kept view={view} />
            </div>
            <CompareFirst isOn={compareFirst} onChange={setCompareFirst} />
            {more > 0 && <p className="t-cap">{resumeWords.more(more)}</p>}
          </div>
          <div className="dlg-f dlg-f-many">
            <button className="btn btn-quiet btn-stop dlg-first" type="button" onClick={close("discard")}>
              {actions.discard}
            </button>
            <button className="btn" type="button" onClick={close("new")}>
              {actions.sendNew}
            </button>
            <button className="btn" type="button" onClick={close("not-now")}>
              {actions.notNow}
            </button>
            <button className="btn btn-act" type="button" data-first onClick={close("resume")}>
              {actions.resume}
            </button>
          </div>
        </>
      )}
    </Modal>
  );
}

function Kept({ view }: { view: CandidateView }) {
  return (
    <p className="t-cap">
      {view.title}
      {view.keptUntil !== null && ` · ${resumeWords.candidate.keptUntil(view.keptUntil)}`}
    </p>
  );
}
