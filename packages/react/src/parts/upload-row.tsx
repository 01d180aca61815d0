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
export function UploadRow({ id, label, onCancel, toSource }: Props) {
  const uploader = useUploader();
  const view = useUpload(id);
  const words = useWords();
  const [note, setNote] = useState("");
  const nowMs = useNow(view?.state.status === "waiting");
  if (view === null) return null;
  const { state, handle, confirmedChunks } = view;
  const [messages, format] = words;
  const { standing, action, isOver } = meaningOf(state);
  const [, status, detail] = describe(state, words, nowMs);
  const share = messages.safeShare(state, format);
  const supply = async () => {
    setNote("");
    try {
      if (standing === "reopen") return await handle.reopen();
      const { pickFiles, toBlobSource } = await loadAdding();
      for await (const found of await pickFiles({}))
        if (found) await handle.supply(await (toSource ?? toBlobSource)(found));
    } catch (error) {
      setNote(HawserError.from(error).code === "source_changed" ? messages.otherFile : messages.noFile);
    }
  };
  const act = () => {
    if (action === "pause") handle.pause();
    else if (action === "remove") uploader?.forget(id);
    else if (state.status === "needs-source") void supply();
    else handle.resume();
  };
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
      <div className="hawser-actions">
        {action && (
          <Button
            kind={state.status === "needs-source" ? "act" : undefined}
            label={messages.named(messages.actions[action], label)}
            onClick={act}
          >
            {messages.actions[action]}
          </Button>
        )}
        {!isOver && state.status !== "verifying" && (
          <Button kind="quiet" label={messages.named(messages.actions.cancel, label)} onClick={() => onCancel(view)}>
            {messages.actions.cancel}
          </Button>
        )}
      </div>
      {note && (
        <p className="hawser-note" role="alert">
          {note}
        </p>
      )}
    </div>
  );
}
