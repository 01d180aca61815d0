import type { UploadState } from "@hawser/client";
import { useEffect, useRef, useState } from "react";
import { Icon } from "../../design/icon.tsx";
import { Modal } from "../../design/modal.tsx";
import type { ChunkRange } from "../../design/rope-shape.ts";
import { useNow } from "../../engine/clock.ts";
import type { World } from "../../engine/world.ts";
import { chunksOf } from "../chunks-of.ts";
import { formatSpeed, formatTime } from "../figures.ts";
import { kindOf } from "../kind.ts";
import { Name } from "../name.tsx";
import type { Picked } from "../picked.ts";
import { RowButton } from "../row-button.tsx";
import { type RowAction, type RowView, shareOf, viewRow } from "../row-view.ts";
import { detailsWords } from "../words/details-words.ts";
import { words } from "../words/words.ts";
import { Coil } from "./coil.tsx";
import { evidenceFacts, type ServerSays } from "./evidence-view.ts";
import { History } from "./history.tsx";
import { RateChart } from "./rate-chart.tsx";
import type { RateLog } from "./rates.ts";
import { Settings } from "./settings.tsx";
import { tellStory } from "./story.ts";
import type { Details } from "./use-details.ts";

interface Props {
  readonly world: World;
  readonly details: Details;
  readonly confirmedChunks: ReadonlyMap<string, readonly ChunkRange[]>;
  readonly rates: RateLog;
  readonly pickedFor: (id: string) => Picked | undefined;
  readonly onAct: (id: string, action: RowAction | "cancel") => void;
}

/** Everything about one upload: its chunks, its speed, its story, what identifies it, what can be set. */
export function DetailsDrawer(props: Props) {
  const state = props.details.shown;
  return state === null ? null : <Drawer key={state.id} {...props} state={state} />;
}

function Drawer(props: Props & { readonly state: UploadState }) {
  const { world, details, state, confirmedChunks, rates, onAct } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const nowMs = useNow(world.clock, true);
  const server = useServerSays(world, state);
  const view = viewRow(state, nowMs);
  const isOver = state.status === "completed" || state.status === "failed" || state.status === "cancelled";
  const say = detailsWords.chunks;
  return (
    <Modal dialog={dialog} className="drawer" isLight onClose={details.close}>
      {(ids) => (
        <>
          <DrawerHead
            titleId={ids.title}
            state={state}
            view={view}
            onAct={onAct}
            onClose={() => dialog.current?.close("")}
          />
          <section className="drawer-s" aria-label={say.title}>
            <div className="drawer-t num">
              <h3>{say.title}</h3>
              <span>
                {view.percent !== null && <b>{view.percent}% </b>}
                <span className="c-2">{say.safe(shareOf(state))}</span>
              </span>
            </div>
            <Coil
              chunks={chunksOf(state, confirmedChunks.get(state.id))}
              isResting={view.isResting}
              again={state.status === "uploading" ? state.resendingChunks : 0}
            />
          </section>
          <RateChart rates={rates.of(state.id)} />
          <History story={tellStory(world.uploader.trace(), state.id, world.beganMs)} />
          <section className="drawer-s" aria-label={detailsWords.evidence.title}>
            <h3>{detailsWords.evidence.title}</h3>
            <dl className="kv num">
              {evidenceFacts(state, props.pickedFor(state.id), server, world.clock.now()).map(
                ({ label, value, isCode }) => (
                  <div key={label}>
                    <dt>{label}</dt>
                    <dd className={isCode ? "mono" : undefined}>{value}</dd>
                  </div>
                ),
              )}
            </dl>
          </section>
          {!isOver && (
            <Settings
              isFirst={details.isFirst(state.id)}
              onFirst={(isFirst) => details.setFirst(state.id, isFirst)}
              compares={state.status === "needs-source" ? details.compares(state.id) : null}
              onCompares={(compares) => details.setCompares(state.id, compares)}
              onCancel={() => onAct(state.id, "cancel")}
            />
          )}
        </>
      )}
    </Modal>
  );
}

interface HeadProps {
  readonly titleId: string;
  readonly state: UploadState;
  readonly view: RowView;
  readonly onAct: Props["onAct"];
  readonly onClose: () => void;
}

function DrawerHead({ titleId, state, view, onAct, onClose }: HeadProps) {
  const isSafe = state.status === "completed";
  const pace =
    state.status === "uploading"
      ? [
          ...(state.bytesPerSecond === null ? [] : [formatSpeed(state.bytesPerSecond)]),
          ...(state.timeLeftMs === null ? [] : [words.row.left(formatTime(state.timeLeftMs))]),
        ].join(" · ")
      : view.detail;
  return (
    <div className="drawer-h">
      <span className="tile">
        <Icon name={kindOf(state.name)} />
      </span>
      <div className="drawer-n">
        <h2 id={titleId} aria-label={state.name}>
          <Name name={state.name} />
        </h2>
        <div className="drawer-state">
          <span className={`chip is-${isSafe ? "safe" : view.tone}`}>
            <Icon name={view.icon} />
            {view.status.replace(/\.$/, "")}
          </span>
          {state.carrier === "elsewhere" && <span className="chip chip-line">{words.row.elsewhere}</span>}
          <span className="num c-2">{pace}</span>
        </div>
      </div>
      <RowButton state={state} view={view} onAct={onAct} />
      <button
        className="ib"
        type="button"
        data-first
        aria-label={detailsWords.close}
        title={detailsWords.close}
        onClick={onClose}
      >
        <Icon name="cross" />
      </button>
    </div>
  );
}

/** Asks the server what it knows when the drawer opens, and again when its id or status has changed. */
function useServerSays({ describeUpload }: World, { uploadId, status }: UploadState): ServerSays {
  const [says, setSays] = useState<ServerSays>(uploadId === null ? "none" : "asking");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the status decides when it is asked again
  useEffect(() => {
    if (uploadId === null) return;
    const asking = new AbortController();
    describeUpload(uploadId, asking.signal).then(
      (upload) => !asking.signal.aborted && setSays(upload),
      () => !asking.signal.aborted && setSays((before) => (typeof before === "string" ? "unanswered" : before)),
    );
    return () => asking.abort();
  }, [describeUpload, uploadId, status]);
  return says;
}
