import { useRef } from "react";
import { useProperty } from "./property.ts";
import { barParts, countedStrands, maxLaidChunks, type RopeChunks, ropePaths } from "./rope-shape.ts";

interface Props {
  readonly chunks: RopeChunks;
  /** Nothing moves: paler. */
  readonly isResting?: boolean;
  /** What a screen reader is told; absent for decoration. */
  readonly progress?: { readonly label: string; readonly percent: number | null; readonly text: string };
}

/** The strip of chunks: thread, strand, rope. It shows confirmed bytes only as rope. */
export function Rope({ chunks, isResting = false, progress }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const isPlain = chunks.total > maxLaidChunks;
  const isCounted = chunks.total <= countedStrands;
  useProperty(element, "--n", isCounted ? String(Math.max(1, chunks.total)) : null);
  const kind = isPlain ? "rope-plain" : isCounted ? "rope-laid rope-counted" : "rope-laid";
  const common = { ref: element, className: `rope ${kind}${isResting ? " is-rest" : ""}` };
  const drawing = isPlain ? <Bar chunks={chunks} /> : <Strands chunks={chunks} />;
  if (progress === undefined) {
    return (
      <div {...common} aria-hidden="true">
        {drawing}
      </div>
    );
  }
  return (
    <div
      {...common}
      role="progressbar"
      aria-label={progress.label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={progress.percent ?? undefined}
      aria-valuetext={progress.text}
    >
      {drawing}
    </div>
  );
}

function Strands({ chunks }: { chunks: RopeChunks }) {
  const paths = ropePaths(chunks);
  return (
    <svg viewBox={`0 0 ${Math.max(1, chunks.total)} 8`} preserveAspectRatio="none" aria-hidden="true">
      {paths.thread !== "" && <path className="r-thread" d={paths.thread} />}
      {paths.safe !== "" && <path className="r-safe" d={paths.safe} />}
      {paths.moving !== "" && <path className="r-move" d={paths.moving} />}
      {paths.again !== "" && <path className="r-again" d={paths.again} />}
    </svg>
  );
}

function Bar({ chunks }: { chunks: RopeChunks }) {
  const parts = barParts(chunks);
  return (
    <svg viewBox="0 0 1000 6" preserveAspectRatio="none" aria-hidden="true">
      <path className="r-thread" d="M0 0h1000v6h-1000z" />
      <path className="r-safe" d={`M0 0h${parts.safe}v6h-${parts.safe}z`} />
      {parts.moving > 0 && <path className="r-move" d={`M${parts.safe} 0h${parts.moving}v6h-${parts.moving}z`} />}
    </svg>
  );
}
