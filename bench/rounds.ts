/**
 * Runs every variant once a round, in the order given and, every second round, in the reverse one, so that what drifts
 * (page cache, other programs) hits all alike. The samples of one round are a pair.
 */
export async function pairedRounds<V extends string, S>(
  variants: readonly V[],
  rounds: number,
  measure: (variant: V, round: number) => Promise<S>,
): Promise<Record<V, S[]>> {
  const samples = Object.fromEntries(variants.map((variant) => [variant, [] as S[]])) as Record<V, S[]>;
  for (let round = 1; round <= rounds; round++) {
    const order = round % 2 === 1 ? variants : variants.toReversed();
    for (const variant of order) samples[variant].push(await measure(variant, round));
  }
  return samples;
}

/** The value below which `share` (0 to 1) of `values` lie, by nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

export interface Ratio {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** `values` against `base`, round by round: the median of the rounds' ratios and their range. */
export function pairedRatio(values: readonly number[], base: readonly number[]): Ratio {
  const ratios = values.map((value, round) => value / (base[round] ?? Number.NaN));
  return { median: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) };
}
