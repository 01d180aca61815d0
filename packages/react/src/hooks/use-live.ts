import type { Live } from "@hawser/client";
import { useMemo, useSyncExternalStore } from "react";
import { useProvided } from "../state/context.ts";

/** What the server tells of its owner's uploads, at one moment. */
export type LiveView = Pick<Live, "standing" | "uploads">;

const silent: LiveView = { standing: { status: "off", cause: null }, uploads: [] };

/**
 * Uploads of the same owner that other devices send, newest first, and how they are heard of; renewed at most ten times
 * a second. There is one connection for all that use it, from the first to the last; silent on a server.
 */
export function useLive(): LiveView {
  const { uploader } = useProvided().store;
  const [subscribe, read] = useMemo(() => {
    let view = silent;
    return [
      (listener: () => void) => uploader?.live.subscribe(listener) ?? (() => {}),
      () => {
        const { standing, uploads } = uploader?.live ?? silent;
        if (view.standing !== standing || view.uploads !== uploads) view = { standing, uploads };
        return view;
      },
    ];
  }, [uploader]);
  return useSyncExternalStore(subscribe, read, () => silent);
}
