import { keptRates, type Rate } from "./rates.ts";

/** SVG paths over a box of 100 × 100; the newest second is at the right, a missing past stays empty. */
export interface RateShape {
  readonly speed: string;
  readonly area: string;
  readonly lanes: string;
  /** Bytes a second at the top. */
  readonly topBytes: number;
}

/** Lanes at the top of the drawing; few lanes must not look like many. */
const topLanes = 8;

export function rateShape(rates: readonly Rate[]): RateShape {
  const topBytes = roundUp(Math.max(1_000, ...rates.map(({ bytesPerSecond }) => bytesPerSecond)));
  const mostLanes = Math.max(topLanes, ...rates.map(({ lanes }) => lanes));
  const left = (index: number) => ((keptRates - rates.length + index) / (keptRates - 1)) * 100;
  const height = (share: number) => (100 - share * 100).toFixed(1);
  const points = rates.map(
    ({ bytesPerSecond }, index) => `${left(index).toFixed(2)} ${height(bytesPerSecond / topBytes)}`,
  );
  const speed = points.length < 2 ? "" : `M${points.join("L")}`;
  const lanes = rates.map(({ lanes: count }, index) => {
    const x = left(index).toFixed(2);
    return index === 0 ? `M${x} ${height(count / mostLanes)}` : `H${x}V${height(count / mostLanes)}`;
  });
  return {
    speed,
    area: speed === "" ? "" : `${speed}L100 100L${left(0).toFixed(2)} 100Z`,
    lanes: lanes.length < 2 ? "" : lanes.join(""),
    topBytes,
  };
}

/** The next 1, 2, 4 or 8 times a power of ten: half of it is a round figure too. */
function roundUp(bytes: number): number {
  const power = 10 ** Math.floor(Math.log10(bytes));
  return power * ([1, 2, 4, 8].find((step) => step * power >= bytes) ?? 10);
}

/** Ten seconds together, newest first, for the table. */
export function rateTable(rates: readonly Rate[]): readonly (Rate & { readonly agoSeconds: number })[] {
  const rows: (Rate & { agoSeconds: number })[] = [];
  for (let end = rates.length; end > 0; end -= 10) {
    const part = rates.slice(Math.max(0, end - 10), end);
    rows.push({
      agoSeconds: rates.length - end,
      bytesPerSecond: part.reduce((sum, { bytesPerSecond }) => sum + bytesPerSecond, 0) / part.length,
      lanes: Math.max(...part.map(({ lanes }) => lanes)),
    });
  }
  return rows;
}
