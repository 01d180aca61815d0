import type { UploadState } from "@hawser/client";
import { useCallback, useMemo, useState } from "react";
import { useUploads } from "../hooks/uploads.ts";
import type { DropZoneOptions } from "../hooks/use-drop-zone.ts";
import type { UploadView } from "../state/uploads-store.ts";
import { useWords } from "../words/use-words.ts";
import { useDialogs } from "./later.tsx";
import { UploadRow } from "./upload-row.tsx";
import { Windowed } from "./windowed.tsx";

export interface UploadListProps extends Pick<DropZoneOptions, "toSource"> {
  /** Which uploads it shows. Default: all that were not cancelled. Keep it the same function. */
  readonly filter?: (state: UploadState) => boolean;
}

const notCancelled = ({ status }: UploadState) => status !== "cancelled";

/** All uploads, each in a row that renders by itself. Ten thousand of them are fine: only those near the window exist. */
export function UploadList({ filter = notCancelled, toSource }: UploadListProps) {
  const [messages] = useWords();
  const [dialogs, isMissing] = useDialogs();
  const [asking, ask] = useState<UploadView | null>(null);
  const shown = useUploads(
    useCallback((states) => states.filter(filter).flatMap(({ id, name }) => [id, name]), [filter]),
  );
  const rows = useMemo(() => named(shown), [shown]);
  if (rows.length === 0) return <p className="hawser-empty">{messages.empty}</p>;
  const cancel = (view: UploadView) => {
    if (!isMissing) ask(view);
    else if (confirm(messages.named(messages.actions.cancel, view.state.name))) view.handle.cancel();
  };
  return (
    <>
      <Windowed label={messages.list} items={rows}>
        {([id, label]) => <UploadRow key={id} id={id} label={label} onCancel={cancel} toSource={toSource} />}
      </Windowed>
      {dialogs && asking && (
        <dialogs.CancelDialog
          name={asking.state.name}
          onAnswer={(isConfirmed) => {
            ask(null);
            if (isConfirmed) asking.handle.cancel();
          }}
        />
      )}
    </>
  );
}

/** Ids with names under which their controls can be told apart: a second `a.jpg` is `a.jpg (2)` there. */
function named(shown: readonly string[]): (readonly [id: string, label: string])[] {
  const seen = new Map<string, number>();
  const rows: (readonly [string, string])[] = [];
  for (let at = 0; at < shown.length; at += 2) {
    const [id = "", name = ""] = shown.slice(at, at + 2);
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    rows.push([id, count > 1 ? `${name} (${count})` : name]);
  }
  return rows;
}
