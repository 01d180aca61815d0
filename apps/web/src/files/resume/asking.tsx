import type { World } from "../../engine/world.ts";
import type { FileIntake } from "../use-adding.ts";
import { resumeWords } from "../words/resume-words.ts";
import { ResumeQuestion } from "./resume-question.tsx";
import type { Questions } from "./use-questions.ts";

interface Props {
  readonly questions: Questions;
  readonly intake: FileIntake;
  readonly world: World;
  readonly tell: (sentence: string) => void;
}

/** Asks one question after the other about files that may continue an upload, and does what was answered. */
export function Asking({ questions, intake, world, tell }: Props) {
  const { current, more, done } = questions;
  if (current === null) return null;
  const { picked, source } = current;
  const sendNew = () => intake.add(picked, source);
  const thenDone = (act: () => void) => () => {
    act();
    done();
  };
  return (
    <ResumeQuestion
      key={current.id}
      question={current}
      more={more}
      uploader={world.uploader}
      nowMs={world.clock.now()}
      onResume={(match, options) => {
        intake.resume(picked, match, options);
        done();
      }}
      onNew={thenDone(sendNew)}
      onNone={thenDone(() => {
        sendNew();
        tell(resumeWords.notices.noneHasIt(picked.name));
      })}
      onNotNow={thenDone(() => void source.close())}
      onDiscard={(match) => {
        match.discard().catch(() => tell(resumeWords.notices.notDiscarded));
        sendNew();
        done();
      }}
    />
  );
}
