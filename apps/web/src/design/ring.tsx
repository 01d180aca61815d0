const circumference = 2 * Math.PI * 8;

/** How much of everything is confirmed, as a ring; `share` from 0 to 1. */
export function Ring({ share }: { share: number }) {
  const done = Math.max(0, Math.min(1, share)) * circumference;
  return (
    <svg className="ring" viewBox="0 0 20 20" aria-hidden="true">
      <circle className="a" cx="10" cy="10" r="8" />
      <circle className="b" cx="10" cy="10" r="8" strokeDasharray={`${done.toFixed(1)} ${circumference.toFixed(1)}`} />
    </svg>
  );
}
