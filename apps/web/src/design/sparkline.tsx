/** One line over time, oldest first; its height is relative to the largest value. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  const most = Math.max(1, ...values);
  const last = Math.max(1, values.length - 1);
  const points = values.map(
    (value, index) => `${((index / last) * 100).toFixed(2)} ${(98 - (value / most) * 90).toFixed(1)}`,
  );
  const line = points.length < 2 ? "" : `M${points.join("L")}`;
  return (
    <figure role="img" aria-label={label}>
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
        {line !== "" && <path className="spark-area" d={`${line}L100 100L0 100Z`} />}
        {line !== "" && <path className="spark-line" d={line} />}
      </svg>
    </figure>
  );
}
