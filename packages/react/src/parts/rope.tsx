import type { UploadState } from "@hawser/client";
import type { CSSProperties } from "react";
import type { ChunkRanges } from "../state/uploads-store.ts";
import { shareOf } from "../words/standing.ts";

const chunkBytes = 1_048_576;
/** Up to here each strand of the drawing is one chunk; above, strands have a fixed width. */
const countedChunks = 110;
/** From here on a pixel holds several chunks, and a plain bar says the same. */
const laidChunks = 3_000;

interface Props {
  readonly state: UploadState;
  readonly confirmedChunks: ChunkRanges | null;
  readonly label: string;
  readonly text: string;
}

/** The strip of chunks: thread, strand, rope. Thickness is certainty; rope is what the server has confirmed. */
export function Rope({ state, confirmedChunks, label, text }: Props) {
  const { sizeBytes, confirmedBytes, status } = state;
  const share = shareOf(state);
  const prefix = Math.floor(confirmedBytes / chunkBytes);
  // Where the end is not known, there is always a piece of thread left.
  const total = Math.max(1, sizeBytes === null ? prefix * 1.25 + 4 : Math.ceil(sizeBytes / chunkBytes));
  const safe = share === 1 ? [[1, total] as const] : (confirmedChunks ?? (prefix ? [[1, prefix] as const] : []));
  const moving = status === "uploading" ? state.travellingChunks : [];
  return (
    <div
      className="hawser-rope"
      data-plain={total > laidChunks}
      style={{ "--hawser-chunks": Math.min(total, countedChunks) } as CSSProperties}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === null ? undefined : Math.floor(share * 100)}
      aria-valuetext={text}
    >
      <svg viewBox={`0 0 ${total} 8`} preserveAspectRatio="none" aria-hidden="true">
        <path className="hawser-thread" d={boxes([[1, total]], 3.1, 1.8)} />
        <path className="hawser-strand" d={boxes(moving, 2, 4)} />
        <path className="hawser-laid" d={boxes(safe, 0, 8)} />
      </svg>
    </div>
  );
}

/** One path, however many chunks there are. */
function boxes(ranges: ChunkRanges, top: number, height: number): string {
  return ranges
    .map(([first, last]) => `M${first - 1} ${top}h${last - first + 1}v${height}h${first - last - 1}z`)
    .join("");
}
