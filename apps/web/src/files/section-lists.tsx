import type { UploadState } from "@hawser/client";
import type { File } from "@hawser/protocol";
import { useId } from "react";
import type { ChunkRange } from "../design/rope-shape.ts";
import { WindowedList } from "../design/windowed-list.tsx";
import type { Clock } from "../engine/clock.ts";
import { formatCount } from "./figures.ts";
import { FileRow } from "./file-row.tsx";
import { countOf } from "./page-words.ts";
import type { RowAction } from "./row-view.ts";
import type { StoredFiles } from "./stored-files.ts";
import { UploadRow } from "./upload-row.tsx";
import { words } from "./words/words.ts";

interface UploadsProps {
  readonly title: string;
  /** By which its heading can be gone to. */
  readonly id?: string;
  readonly states: readonly UploadState[];
  readonly clock: Clock;
  readonly confirmedChunks: ReadonlyMap<string, readonly ChunkRange[]>;
  readonly notes: ReadonlyMap<string, string>;
  readonly onAct: (id: string, action: RowAction | "cancel") => void;
  readonly onDetails: (id: string) => void;
}

/** Uploads of one section; nothing at all while it has none. */
export function UploadsSection(props: UploadsProps) {
  const { title, states, clock, confirmedChunks, notes, onAct, onDetails } = props;
  const ownId = useId();
  const id = props.id ?? ownId;
  if (states.length === 0) return null;
  return (
    <section aria-labelledby={id}>
      <SectionHead id={id} title={title} count={formatCount(states.length)} />
      <WindowedList items={states} label={title} rowHeightPx={88}>
        {(state, place, total) => (
          <UploadRow
            key={state.id}
            state={state}
            confirmedChunks={confirmedChunks.get(state.id)}
            note={notes.get(state.id)}
            clock={clock}
            place={place}
            total={total}
            onAct={onAct}
            onDetails={onDetails}
          />
        )}
      </WindowedList>
    </section>
  );
}

interface FilesProps {
  readonly stored: StoredFiles;
  readonly todayMs: number;
  readonly onMore: () => Promise<void>;
  readonly onCopy: (file: File) => void;
}

/** The files on the server, as far as they were asked for. */
export function FilesSection({ stored, todayMs, onMore, onCopy }: FilesProps) {
  const id = useId();
  const { files, status, hasMore } = stored;
  return (
    <section aria-labelledby={id}>
      <SectionHead id={id} title={words.sections.safe} count={files.length === 0 ? null : countOf(stored)} />
      {files.length > 0 && (
        <WindowedList items={files} label={words.sections.safe} rowHeightPx={61}>
          {(file, place, total) => (
            <FileRow key={file.id} file={file} todayMs={todayMs} place={place} total={total} onCopy={onCopy} />
          )}
        </WindowedList>
      )}
      {files.length === 0 && status !== "failed" && (
        <p className="card plain-note">{status === "asking" ? words.list.loading : words.list.nothing}</p>
      )}
      {status === "failed" && (
        <div className="card plain-note">
          <p>{words.list.failed}</p>
          <button className="btn btn-s" type="button" onClick={() => void onMore()}>
            {words.actions.askAgain}
          </button>
        </div>
      )}
      {status === "listed" && hasMore && (
        <div className="more">
          <button className="btn" type="button" onClick={() => void onMore()}>
            {words.actions.showMore}
          </button>
        </div>
      )}
    </section>
  );
}

export function SectionHead({ id, title, count }: { id: string; title: string; count: string | null }) {
  return (
    <div className="sec">
      <h2 id={id} tabIndex={-1}>
        {title}
      </h2>
      {count !== null && <span className="n">{count}</span>}
    </div>
  );
}
