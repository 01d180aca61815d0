import { memo, useState } from "react";
import { Icon } from "../../design/icon.tsx";
import { Rope } from "../../design/rope.tsx";
import { type Clock, useNow } from "../../engine/clock.ts";
import { isNew, type Remote } from "../../engine/remotes.ts";
import { kindOf } from "../kind.ts";
import { Name } from "../name.tsx";
import { Percent, Saying } from "../row-parts.tsx";
import { shareOf } from "../row-view.ts";
import { words } from "../words/words.ts";
import { dependsOnTime, remoteChunks, viewRemote } from "./remote-view.ts";

interface Props {
  readonly remote: Remote;
  readonly clock: Clock;
  readonly place: number;
  readonly total: number;
}

/** One upload of another device: what it does, and how far it is. */
export const RemoteRow = memo(function RemoteRow({ remote, clock, place, total }: Props) {
  const { upload, leftAtMs } = remote;
  const view = viewRemote(upload, useNow(clock, dependsOnTime(upload)));
  const share = shareOf({ confirmedBytes: upload.receivedBytes, sizeBytes: upload.sizeBytes });
  const [comes] = useState(() => isNew(remote, clock.now()));
  const phase = leftAtMs !== null ? " is-leaving" : view.tone === "safe" ? " is-safe" : "";
  return (
    // biome-ignore lint/a11y/useSemanticElements: the list is no `ul`, see WindowedList
    <div
      role="listitem"
      className={`up up-remote${comes ? " is-new" : ""}${phase}`}
      aria-setsize={total}
      aria-posinset={place}
    >
      <span className="tile">
        <Icon name={kindOf(upload.name)} />
      </span>
      <div className="up-main">
        <div className="up-1">
          <Name name={upload.name} />
          <Percent percent={view.percent} />
        </div>
        <Rope
          chunks={remoteChunks(upload)}
          isResting={view.isResting}
          progress={{
            label: words.row.progress,
            percent: view.percent,
            text: words.row.progressText(upload.name, view.percent, share, view.status),
          }}
        />
        <Saying view={view} />
      </div>
    </div>
  );
});
