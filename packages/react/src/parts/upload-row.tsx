import { HawserError } from "@hawser/client";
import { useState } from "react";
import { loadAdding } from "../hooks/load-adding.ts";
import { useUpload, useUploader } from "../hooks/uploads.ts";
import type { DropZoneOptions } from "../hooks/use-drop-zone.ts";
import type { UploadView } from "../state/uploads-store.ts";
import { meaningOf } from "../words/standing.ts";
import { describe, useNow, useWords } from "../words/use-words.ts";
import { Button } from "./button.tsx";
import { Rope } from "./rope.tsx";

interface Props {
  readonly toSource: DropZoneOptions["toSource"];
  readonly id: string;
  /** Its name where a control has to be told apart from others. */
  readonly label: string;
  /** Asks before it is cancelled. */
  readonly onCancel: (view: UploadView) => void;
}

/** One upload: what it does, how far it is, what the person can do. */
export function UploadRow(props: Props) {
  const { id, label } = props;
  const view = useUpload(id);
  const words = useWords();
  const [note, setNote] = useState("");
  const nowMs = useNow(view?.state.status === "waiting");
  if (view === null) return null;
  const { state, confirmedChunks } = view;
  const [messages, format] = words;
  const { standing, isOver } = meaningOf(state);
  const [, status, detail] = describe(state, words, nowMs);
  const share = messages.safeShare(state, format);
  return (
    <div className="hawser-row" data-standing={standing}>
      <span className="hawser-name" title={state.name}>
        <bdi>{state.name.slice(0, -10)}</bdi>
        <bdi>{state.name.slice(-10)}</bdi>
      </span>
      {!isOver && <span className="hawser-percent">{format.percent(state)}</span>}
      {state.status !== "completed" && (
        <Rope
          state={state}
          confirmedChunks={confirmedChunks}
          label={messages.named(messages.progress, label)}
          // Countdowns are not for those who listen.
          text={`${share}. ${status.replace(/ \S*\d:\d\d/, "")}`}
        />
      )}
      <p className="hawser-say">
        <strong className="hawser-status">{status}</strong> {detail}
        {state.carrier === "elsewhere" && ` (${messages.elsewhere})`}
      </p>
      {!isOver && (
        <p className="hawser-figures">
          <span>{share}</span>
          {state.status === "uploading" && state.bytesPerSecond !== null && (
            <span>{format.size(state.bytesPerSecond)}/s</span>
          )}
        </p>
      )}
      <Actions {...props} view={view} onNote={setNote} />
      {note && (
        <p className="hawser-note" role="alert">
          {note}
        </p>
      )}
    </div>
  );
}

interface ActionsProps extends Props {
  readonly view: UploadView;
  readonly onNote: (note: string) => void;
}

function Actions({ id, label, view, toSource, onCancel, onNote }: ActionsProps) {
  const uploader = useUploader();
  const [{ actions, named, otherFile, noFile }] = useWords();
  const { state, handle } = view;
  const { standing, action, isOver } = meaningOf(state);
  const supply = async () => {
    onNote("");
    try {
      if (standing === "reopen") return await handle.reopen();
      const { pickFiles, toBlobSource } = await loadAdding();
      const found = await pickFiles({});
      for await (const one of found) if (one) await handle.supply(await (toSource ?? toBlobSource)(one));
    } catch (error) {
      onNote(HawserError.from(error).code === "source_changed" ? otherFile : noFile);
    }
  };
  const act = () => {
    if (action === "pause") handle.pause();
    else if (action === "remove") uploader?.forget(id);
    else if (state.status === "needs-source") void supply();
    else handle.resume();
  };
  return (
    <div className="hawser-actions">
      {action && (
        <Button
          kind={state.status === "needs-source" ? "act" : undefined}
          label={named(actions[action], label)}
          onClick={act}
        >
          {actions[action]}
        </Button>
      )}
      {!isOver && state.status !== "verifying" && (
        <Button kind="quiet" label={named(actions.cancel, label)} onClick={() => onCancel(view)}>
          {actions.cancel}
        </Button>
      )}
    </div>
  );
}
