import type { UploadState } from "@hawser/client";
import { memo } from "react";
import { Icon, type IconName } from "../design/icon.tsx";
import { Rope } from "../design/rope.tsx";
import type { ChunkRange } from "../design/rope-shape.ts";
import { type Clock, useNow } from "../engine/clock.ts";
import { chunksOf } from "./chunks-of.ts";
import { kindOf } from "./kind.ts";
import { Name } from "./name.tsx";
import { RowButton } from "./row-button.tsx";
import { Percent, Saying } from "./row-parts.tsx";
import { type RowAction, type RowView, shareOf, viewRow } from "./row-view.ts";
import { words } from "./words/words.ts";

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
  readonly onDetails: (id: string) => void;
}

/** One upload that is not finished: what it does, how far it is, what the person can do. */
export const UploadRow = memo(function UploadRow(props: Props) {
  const { state, note, clock, place, total, onDetails } = props;
  const view = viewRow(state, useNow(clock, state.status === "waiting"));
  const attention = view.needsYou && view.tone !== "rest" ? ` is-${view.tone}` : "";
  return (
    // biome-ignore lint/a11y/useSemanticElements: the list is no `ul`, see WindowedList
    <div role="listitem" className={`up${attention}`} aria-setsize={total} aria-posinset={place}>
      <span className="tile">
        <Icon name={kindOf(state.name)} />
      </span>
      <div className="up-main">
        <div className="up-1">
          <button
            type="button"
            className="name-button"
            aria-label={words.row.details(state.name)}
            onClick={() => onDetails(state.id)}
          >
            <Name name={state.name} />
          </button>
          {state.carrier === "elsewhere" && <span className="chip chip-line no-phone">{words.row.elsewhere}</span>}
          <Percent percent={view.percent} />
        </div>
        <UploadRope {...props} view={view} />
        <Saying view={view}>
          {state.carrier === "elsewhere" && <span className="only-phone">{words.row.elsewhere}</span>}
        </Saying>
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

function RowActions({ state, view, onAct }: Props & { view: RowView }) {
  const isRemovable = !view.isCancellable && view.needsYou && view.action !== "remove";
  return (
    <div className="up-acts">
      <RowButton state={state} view={view} onAct={onAct} />
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
