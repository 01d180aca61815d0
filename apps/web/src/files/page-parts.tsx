import { Icon } from "../design/icon.tsx";
import { Ring } from "../design/ring.tsx";
import type { Adding } from "./adding.ts";
import { formatClock, formatCount } from "./figures.ts";
import type { Indicator } from "./page-words.ts";
import { words } from "./words/words.ts";

interface IndicatorProps {
  readonly indicator: Indicator;
  readonly sums: { readonly confirmedBytes: number; readonly totalBytes: number };
}

/** How things stand, in the head of every page. */
export function UploadIndicator({ indicator, sums }: IndicatorProps) {
  return (
    <span className={`indi is-${indicator.tone}`}>
      {indicator.icon === undefined ? (
        <Ring share={sums.totalBytes === 0 ? 0 : sums.confirmedBytes / sums.totalBytes} />
      ) : (
        <Icon name={indicator.icon} className="ico ico-s indi-ico" />
      )}
      <span>
        {indicator.short}
        <span className="no-phone">{indicator.long}</span>
      </span>
    </span>
  );
}

export function OfflineBanner({ sinceMs, mayLeave }: { sinceMs: number; mayLeave: boolean }) {
  return (
    <section className="banner is-wait" aria-label={words.indicator.offline}>
      <Icon name="offline" className="ico banner-ico" />
      <div>
        <h2>{words.offline.title(formatClock(sinceMs))}</h2>
        <p>{mayLeave ? `${words.offline.text} ${words.offline.mayClose}` : words.offline.text}</p>
      </div>
    </section>
  );
}

export function AddingNote({ adding }: { adding: Adding }) {
  return <p className="card plain-note adding num">{words.add.adding(adding.added)}</p>;
}

export function DropRow() {
  return (
    <p className="drop-row no-phone">
      <Icon name="up" />
      {words.add.dropAnywhere}
    </p>
  );
}

export function DropOverlay({ count }: { count: number }) {
  return (
    <div className="over">
      <div className="over-card">
        <b>{count > 1 ? `${words.add.release} (${formatCount(count)})` : words.add.release}</b>
        <p className="t-lead">{words.add.startsAtOnce}</p>
      </div>
    </div>
  );
}

/** What screen readers are told: one region that waits for its turn, one that interrupts when something stopped. */
export function LiveRegions({ polite, assertive }: { polite: string; assertive: string }) {
  return (
    <>
      <p className="sr" role="status">
        {polite}
      </p>
      <p className="sr" role="alert">
        {assertive}
      </p>
    </>
  );
}
