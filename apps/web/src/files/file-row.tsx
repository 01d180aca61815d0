import type { File } from "@hawser/protocol";
import { memo } from "react";
import { Icon } from "../design/icon.tsx";
import { formatMoment, formatSize, shortDigest } from "./figures.ts";
import { kindOf } from "./kind.ts";
import { Name } from "./name.tsx";
import { words } from "./words/words.ts";

interface Props {
  readonly file: File;
  /** Wall time, to say "at 14:36" for today. */
  readonly todayMs: number;
  readonly place: number;
  readonly total: number;
  readonly onCopy: (file: File) => void;
}

/** One file that is stored: checked as a whole, with its digest, to be downloaded. */
export const FileRow = memo(function FileRow({ file, todayMs, place, total, onCopy }: Props) {
  const copy = `${words.actions.copyDigest} ${file.filename}`;
  const download = `${words.actions.download} ${file.filename}`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: the list is no `ul`, see WindowedList
    <div role="listitem" className="up done" aria-setsize={total} aria-posinset={place}>
      <span className="tile">
        <Icon name={kindOf(file.filename)} />
      </span>
      <div className="up-main">
        <div className="up-1">
          <Name name={file.filename} />
        </div>
        <div className="up-2">
          <span className="say">
            <span className="st c-safe">
              <Icon name="check" />
              {words.row.safe}
            </span>
            {words.row.checkedWhole(formatSize(file.size), formatMoment(Date.parse(file.completedAt), todayMs))}
          </span>
          <span className="digest no-phone" title={file.digest}>
            <span className="c-3">{words.row.digest}</span> <span className="mono">{shortDigest(file.digest)}</span>
          </span>
        </div>
      </div>
      <div className="up-acts">
        <button
          type="button"
          className="ib"
          aria-label={copy}
          title={`${copy}\n${file.digest}`}
          onClick={() => onCopy(file)}
        >
          <Icon name="copy" />
        </button>
        <a
          className="ib"
          href={file.url}
          download={file.filename.split("/").at(-1)}
          aria-label={download}
          title={download}
        >
          <Icon name="down" />
        </a>
      </div>
    </div>
  );
});
