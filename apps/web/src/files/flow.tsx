import type { UploaderSummary, UploadState } from "@hawser/client";
import { Sparkline } from "../design/sparkline.tsx";
import { formatSize, sizeFigure, timeFigures } from "./figures.ts";
import { words } from "./words/words.ts";

interface Props {
  readonly summary: UploaderSummary;
  readonly onTheWay: readonly UploadState[];
  /** Nothing gets through right now: there is no speed, and no end in sight. */
  readonly isStalled: boolean;
  /** Bytes a second of the last minute, oldest first. */
  readonly speeds: readonly number[];
}

/** All uploads together: how fast, how much, how long. */
export function Flow({ summary, onTheWay, isStalled, speeds }: Props) {
  const speed = sizeFigure(isStalled ? 0 : (summary.bytesPerSecond ?? 0));
  const toGo = sizeFigure(Math.max(0, summary.totalBytes - summary.confirmedBytes));
  const total = sizeFigure(summary.totalBytes);
  const lanes = onTheWay.reduce((sum, state) => sum + (state.status === "uploading" ? state.lanes : 0), 0);
  return (
    <section className="card flow" aria-label={words.flow.label}>
      <div className="spark">
        <span className="t-cap">{words.flow.speed}</span>
        <span className="t-fig">
          {speed.value}
          <small>{speed.unit}/s</small>
        </span>
        <Sparkline values={speeds} label={words.flow.speedChart} />
      </div>
      <div>
        <div className="flow-cap t-cap">
          <span>{words.flow.toGo}</span>
          {lanes > 0 && <span className="num">{words.flow.lanes(lanes)}</span>}
        </div>
        <span className="t-fig">
          {toGo.value}
          <small>
            {toGo.unit === total.unit ? "" : `${toGo.unit} `}
            {words.flow.of(formatSize(summary.totalBytes))}
          </small>
        </span>
      </div>
      <div>
        <span className="t-cap">{words.flow.left}</span>
        <TimeLeft timeLeftMs={isStalled ? null : summary.timeLeftMs} />
      </div>
    </section>
  );
}

function TimeLeft({ timeLeftMs }: { timeLeftMs: number | null }) {
  if (timeLeftMs === null) return <span className="flow-unknown">{words.flow.unknown}</span>;
  return (
    <span className="t-fig">
      {timeFigures(timeLeftMs).map(({ value, unit }) => (
        <span key={unit}>
          {value}
          <small>{unit}</small>
        </span>
      ))}
    </span>
  );
}
