import type { UploadState } from "@hawser/client";
import { countChunks, limits } from "@hawser/protocol";
import { memo } from "react";
import { Icon, type IconName } from "../design/icon.tsx";
import { Rope } from "../design/rope.tsx";
import type { ChunkRange, RopeChunks } from "../design/rope-shape.ts";
import { type Clock, useNow } from "../engine/clock.ts";
import { kindOf } from "./kind.ts";
import { Name } from "./name.tsx";
import { type RowAction, type RowView, shareOf, viewRow } from "./row-view.ts";
import { words } from "./words.ts";

interface Props {
  readonly state: UploadState;
  /** As last told; absent before anything was. */
  readonly confirmedChunks: readonly ChunkRange[] | undefined;
  /** Something that went wrong with what the person did. */
  readonly note: string | undefined;
  readonly clock: Clock;
  readonly place: number;
  readonly total: number;
  readonly onAct: (id: string, action: RowAction | "cancel") => void;
}

/** One upload that is not finished: what it does, how far it is, what the person can do. */
export const UploadRow = memo(function UploadRow(props: Props) {
  const { state, note, clock, place, total } = props;
  const view = viewRow(state, useNow(clock, state.status === "waiting"));
  const attention = view.needsYou ? ` is-${view.tone}` : "";
  return (
    // biome-ignore lint/a11y/useSemanticElements: the list is no `ul`, see WindowedList
    <div role="listitem" className={`up${attention}`} aria-setsize={total} aria-posinset={place}>
      <span className="tile">
        <Icon name={kindOf(state.name)} />
      </span>
      <div className="up-main">
        <div className="up-1">
          <Name name={state.name} />
          {view.percent !== null && (
            <span className="pct">
              {view.percent}
              <span>%</span>
            </span>
          )}
        </div>
        <UploadRope {...props} view={view} />
        <div className="up-2">
          <span className="say">
            <span className={`st c-${view.tone}`}>
              <Icon name={view.icon} />
              {view.status}
            </span>
            {view.detail}
          </span>
          <span className="figs">
            {view.figures.map((figure, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a figure is its place
              <span key={index}>{figure}</span>
            ))}
          </span>
        </div>
        {note !== undefined && <p className="up-note">{note}</p>}
      </div>
      <RowActions {...props} view={view} />
    </div>
  );
});

function UploadRope({ state, confirmedChunks, view }: Props & { view: RowView }) {
  const status = view.status.replace(/ in \d+:\d+/, "");
  return (
    <Rope
      chunks={chunksOf(state, confirmedChunks)}
      isResting={view.isResting}
      progress={{
        label: words.row.progress,
        percent: view.percent,
        text: words.row.progressText(state.name, view.percent, shareOf(state), status),
      }}
    />
  );
}

/** What can be drawn of a state: its own ranges, those that were told before, or a prefix of the same length. */
function chunksOf(state: UploadState, told: readonly ChunkRange[] | undefined): RopeChunks {
  const { confirmedBytes, sizeBytes } = state;
  const prefix = Math.floor(confirmedBytes / limits.chunkSizeBytes);
  const isWhole = sizeBytes !== null && sizeBytes > 0 && confirmedBytes >= sizeBytes;
  // Where the end is not known, there is always a piece of thread left.
  const total = sizeBytes === null ? Math.ceil((prefix + 4) * 1.25) : Math.max(1, countChunks(sizeBytes));
  const prefixRanges: readonly ChunkRange[] = prefix === 0 ? [] : [[1, prefix]];
  return {
    total,
    safe: isWhole ? [[1, total]] : (told ?? prefixRanges),
    moving: state.status === "uploading" ? state.travellingChunks : [],
    again: [],
  };
}

interface Button {
  readonly label: string;
  readonly icon?: IconName;
  /** A button with a word; else an icon with a name. */
  readonly isWord?: boolean;
  readonly isFilled?: boolean;
}

const buttons: Readonly<Record<RowAction, Button>> = {
  pause: { label: words.actions.pause, icon: "pause" },
  resume: { label: words.actions.resume, icon: "play" },
  "try-now": { label: words.actions.tryNow, isWord: true },
  retry: { label: words.actions.retry, icon: "retry", isWord: true },
  choose: { label: words.actions.choose, isWord: true, isFilled: true },
  "choose-new": { label: words.actions.chooseNew, isWord: true },
  "send-again": { label: words.actions.sendAgain, isWord: true },
  remove: { label: words.actions.remove, isWord: true },
};

function RowActions({ state, view, onAct }: Props & { view: RowView }) {
  const { action } = view;
  const button = action === null ? null : buttons[action];
  const isRemovable = !view.isCancellable && view.needsYou && action !== "remove";
  return (
    <div className="up-acts">
      {action !== null && button !== null && (
        <button
          type="button"
          className={button.isWord ? `btn btn-s${button.isFilled ? " btn-act" : ""}` : "ib"}
          aria-label={`${button.label} ${state.name}`}
          title={button.isWord ? undefined : `${button.label} ${state.name}`}
          onClick={() => onAct(state.id, action)}
        >
          {button.icon !== undefined && <Icon name={button.icon} />}
          {button.isWord && button.label}
        </button>
      )}
      {(view.isCancellable || isRemovable) && (
        <IconButton
          icon="cross"
          label={`${isRemovable ? words.actions.remove : words.actions.cancel} ${state.name}`}
          onClick={() => onAct(state.id, isRemovable ? "remove" : "cancel")}
        />
      )}
    </div>
  );
}

function IconButton({ icon, label, onClick }: { icon: IconName; label: string; onClick: () => void }) {
  return (
    <button type="button" className="ib" aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
