import { useRef } from "react";
import { type CoilRow, coilRowChunks, coilRows } from "../../design/coil-shape.ts";
import { useProperty } from "../../design/property.ts";
import { Rope } from "../../design/rope.tsx";
import type { ChunkRange, RopeChunks } from "../../design/rope-shape.ts";
import { formatCount } from "../figures.ts";
import { detailsWords } from "../words/details-words.ts";

const say = detailsWords.chunks;

interface Props {
  readonly chunks: RopeChunks;
  readonly isResting: boolean;
  /** Chunks that arrived damaged: how many is known, not which. */
  readonly again: number;
}

/** All chunks of an upload in order, 64 a row. */
export function Coil({ chunks, isResting, again }: Props) {
  const received = countOf(chunks.safe);
  const moving = countOf(chunks.moving);
  const perRow = coilRowChunks(chunks.total);
  const missing = Math.max(0, chunks.total - received - moving - again);
  const label = say.label(
    ...([received, chunks.total, moving, again].map(formatCount) as [string, string, string, string]),
  );
  return (
    <>
      <div className="coil" role="img" aria-label={label}>
        {coilRows(chunks).map((row) => (
          <Row key={row.first} row={row} isResting={isResting} />
        ))}
      </div>
      <ul className="legend">
        <Key sample={samples.safe} label={say.received} count={received} />
        <Key sample={samples.moving} label={say.moving} count={moving} />
        {again > 0 && <Key sample={samples.again} label={say.again} count={again} />}
        <Key sample={samples.missing} label={say.missing} count={missing} />
      </ul>
      {perRow > 64 && <p className="t-cap">{say.perRow(perRow)}</p>}
    </>
  );
}

function Row({ row, isResting }: { row: CoilRow; isResting: boolean }) {
  const element = useRef<HTMLDivElement>(null);
  useProperty(element, "--share", `${row.share * 100}%`);
  return (
    <>
      <span className="t-cap">{formatCount(row.first)}</span>
      <div ref={element} className="coil-row">
        <Rope chunks={row.chunks} isResting={isResting} />
      </div>
    </>
  );
}

const some: readonly ChunkRange[] = [[1, 3]];
const samples = {
  safe: { total: 3, safe: some, moving: [], again: [] },
  moving: { total: 3, safe: [], moving: some, again: [] },
  again: { total: 3, safe: [], moving: [], again: some },
  missing: { total: 3, safe: [], moving: [], again: [] },
} as const satisfies Record<string, RopeChunks>;

function Key({ sample, label, count }: { sample: RopeChunks; label: string; count: number }) {
  return (
    <li>
      <span className="key">
        <Rope chunks={sample} />
      </span>
      <span>
        {label} <b>{formatCount(count)}</b>
      </span>
    </li>
  );
}

function countOf(ranges: readonly ChunkRange[]): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}
