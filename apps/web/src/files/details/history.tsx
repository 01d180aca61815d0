import { formatSecond } from "../figures.ts";
import { detailsWords } from "../words/details-words.ts";
import type { Happening } from "./story.ts";

/** What happened to an upload, newest first. */
export function History({ story }: { story: readonly Happening[] }) {
  return (
    <section className="drawer-s" aria-label={detailsWords.story.title}>
      <h3>{detailsWords.story.title}</h3>
      {story.length === 0 && <p className="t-lead">{detailsWords.story.nothing}</p>}
      <ol className="tl">
        {story.map(({ atMs, tone, title, text }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two things may happen in the same moment
          <li key={index}>
            <time dateTime={new Date(atMs).toISOString()}>{formatSecond(atMs)}</time>
            <span className={`dot is-${tone}`} />
            <div>
              <b>{title}</b>
              {text !== "" && <p>{text}</p>}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
