import type { StorageStanding } from "@hawser/client";
import type { NetworkSnapshot } from "../engine/network.ts";
import { OfflineBanner } from "./page-parts.tsx";
import { ReturnBanner } from "./return/return-banner.tsx";
import type { Return } from "./return/use-return.ts";
import { StorageBanner } from "./storage-banner.tsx";
import { storageTrouble } from "./storage-view.ts";

interface Props {
  readonly back: Return;
  readonly network: NetworkSnapshot;
  readonly storage: StorageStanding;
  /** Whether anything is on its way that the storage has to keep. */
  readonly isActive: boolean;
  readonly mayLeave: boolean;
  readonly onReview: () => void;
}

/** One banner at a time: what the person can decide, then what holds everything up, then what may be lost later. */
export function Banner({ back, network, storage, isActive, mayLeave, onReview }: Props) {
  if (back.returned !== null) {
    return (
      <ReturnBanner returned={back.returned} onResume={back.resume} onReview={onReview} onDismiss={back.dismiss} />
    );
  }
  if (!network.isOnline) return <OfflineBanner sinceMs={network.sinceMs} mayLeave={mayLeave} />;
  const trouble = isActive ? storageTrouble(storage) : null;
  return trouble === null ? null : <StorageBanner trouble={trouble} />;
}
