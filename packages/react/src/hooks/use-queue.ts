import type { UploaderSummary, UploadState } from "@hawser/client";
import { useMemo } from "react";
import { useProvided } from "../state/context.ts";
import { isRetryable } from "../state/retryable.ts";
import type { UploadsSnapshot, UploadsStore } from "../state/uploads-store.ts";
import { useSelected } from "../state/use-selected.ts";

/** All uploads together. */
export interface Queue extends QueueActions {
  /** Whether what the journal owes has been read. */
  readonly isReady: boolean;
  /** Null while there is no uploader. */
  readonly summary: UploaderSummary | null;
  /** Most bytes a second upwards; null: no limit. */
  readonly maxBytesPerSecond: number | null;
}

interface QueueActions {
  readonly pauseAll: () => void;
  readonly resumeAll: () => void;
  /** New attempts for everything that was given up after its last one. */
  readonly retryFailed: (filter?: (state: UploadState) => boolean) => void;
  /** For the strategies that wait for it, see `UploaderOptions.strategy`. */
  readonly openGate: () => void;
  readonly closeGate: () => void;
  readonly setMaxBytesPerSecond: (bytesPerSecond: number | null) => void;
}

export function useQueue(): Queue {
  const { store } = useProvided();
  const figures = useSelected(figuresOf);
  const actions = useMemo(() => actionsOf(store), [store]);
  return useMemo(() => ({ ...figures, ...actions }), [figures, actions]);
}

const figuresOf = ({ isReady, summary, maxBytesPerSecond }: UploadsSnapshot) => ({
  isReady,
  summary,
  maxBytesPerSecond,
});

function actionsOf({ uploader, changed }: UploadsStore): QueueActions {
  return {
    pauseAll: () => uploader?.pauseAll(),
    resumeAll: () => uploader?.resumeAll(),
    retryFailed: (filter = isRetryable) => {
      for (const handle of uploader?.uploads ?? []) {
        if (isRetryable(handle.state) && filter(handle.state)) handle.resume();
      }
    },
    openGate: () => uploader?.openGate(),
    closeGate: () => uploader?.closeGate(),
    setMaxBytesPerSecond: (bytesPerSecond) => {
      uploader?.setMaxBytesPerSecond(bytesPerSecond);
      changed();
    },
  };
}
