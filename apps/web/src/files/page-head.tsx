import { Icon } from "../design/icon.tsx";
import { SpeedLimit } from "./limit/speed-limit.tsx";
import type { PageWords } from "./page-words.ts";
import type { Pickers } from "./pickers.tsx";
import type { Standing } from "./sections.ts";
import { words } from "./words/words.ts";

interface Props {
  /** Whether something above has the one filled button. */
  readonly isQuiet: boolean;
  readonly limit: number | null;
  readonly onLimit: (bytesPerSecond: number | null) => void;
  readonly said: PageWords;
  readonly standing: Standing;
  readonly pickers: Pickers;
  readonly onPauseAll: () => void;
  readonly onResumeAll: () => void;
  /** How many were stopped and can be tried anew. */
  readonly stopped: number;
  readonly onRetryAll: () => void;
}

/** The title, which is the state; what is safe; what the person can do with all of it. */
export function PageHead(props: Props) {
  const { said, standing, pickers, onPauseAll, onResumeAll, stopped, onRetryAll } = props;
  const isAtRest = ["safe", "empty", "elsewhere"].includes(standing.kind);
  return (
    <div className="head">
      <div className="head-say">
        <h1 className="t-page">{said.title}</h1>
        <p className="t-lead">{said.lead}</p>
      </div>
      {standing.kind !== "empty" && (
        <div className="head-acts">
          {(!isAtRest || props.limit !== null) && <SpeedLimit limit={props.limit} onLimit={props.onLimit} />}
          {standing.kind === "moving" && (
            <button className="btn" type="button" onClick={onPauseAll}>
              <Icon name="pause" />
              {words.actions.pauseAll}
            </button>
          )}
          {standing.kind === "paused" && (
            <button className="btn" type="button" onClick={onResumeAll}>
              <Icon name="play" />
              {words.actions.resumeAll}
            </button>
          )}
          {stopped > 1 && (
            <button className="btn" type="button" onClick={onRetryAll}>
              <Icon name="retry" />
              {words.actions.retryAll}
            </button>
          )}
          <button className="btn no-phone" type="button" onClick={pickers.openFolder}>
            <Icon name="folder" />
            {words.add.folder}
          </button>
          <button className={props.isQuiet ? "btn" : "btn btn-act"} type="button" onClick={pickers.openFiles}>
            <Icon name="plus" />
            {words.add.files}
          </button>
        </div>
      )}
    </div>
  );
}
