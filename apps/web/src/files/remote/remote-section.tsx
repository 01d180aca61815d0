import { useId } from "react";
import { WindowedList } from "../../design/windowed-list.tsx";
import type { Clock } from "../../engine/clock.ts";
import type { Remote } from "../../engine/remotes.ts";
import { formatCount } from "../figures.ts";
import { SectionHead } from "../section-lists.tsx";
import { remoteWords } from "../words/remote-words.ts";
import { RemoteRow } from "./remote-row.tsx";

interface Props {
  readonly remotes: readonly Remote[];
  readonly clock: Clock;
}

/** What the server has on its way and this browser does not send; nothing at all while there is none. */
export function RemoteSection({ remotes, clock }: Props) {
  const id = useId();
  if (remotes.length === 0) return null;
  const isLeaving = remotes.every(({ leftAtMs }) => leftAtMs !== null);
  return (
    <section className={isLeaving ? "remote is-leaving" : "remote"} aria-labelledby={id}>
      <SectionHead id={id} title={remoteWords.section} count={formatCount(remotes.length)} />
      <WindowedList items={remotes} label={remoteWords.section} rowHeightPx={88}>
        {(remote, place, total) => (
          <RemoteRow key={remote.upload.id} remote={remote} clock={clock} place={place} total={total} />
        )}
      </WindowedList>
    </section>
  );
}
