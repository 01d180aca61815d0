import { isTravelling } from "../state.ts";
import type { Uploader } from "../uploader-api.ts";

interface Sentinel {
  release(): Promise<void>;
}

/** What is used of the page, so that nothing else of the DOM is needed. */
export interface AwakeScope {
  readonly navigator: { readonly wakeLock?: { request(type: "screen"): Promise<Sentinel> } };
  readonly document?: {
    readonly visibilityState: string;
    addEventListener(type: string, listener: () => void, options: { readonly signal: AbortSignal }): void;
  };
}

/**
 * Keeps the screen on while something travels in this tab, where the browser can. A browser takes the lock back when
 * the page is hidden, and refuses it when the battery is low: then it is asked again when the page is seen again.
 */
export function keepAwake(
  uploader: Pick<Uploader, "subscribe" | "uploads">,
  signal: AbortSignal,
  scope: AwakeScope = globalThis as unknown as AwakeScope,
): void {
  const { navigator, document } = scope;
  if (navigator.wakeLock === undefined || document === undefined) return;
  const { wakeLock } = navigator;
  let held: Promise<Sentinel | null> | null = null;
  const letGo = () => {
    void held?.then((sentinel) => sentinel?.release()).catch(() => undefined);
    held = null;
  };
  const follow = () => {
    const isNeeded = uploader.uploads.some(({ state }) => state.carrier === "here" && isTravelling(state));
    if (signal.aborted || !isNeeded) letGo();
    else if (document.visibilityState === "visible") held ??= wakeLock.request("screen").catch(() => null);
  };
  const stop = uploader.subscribe(follow);
  document.addEventListener(
    "visibilitychange",
    () => {
      letGo();
      follow();
    },
    { signal },
  );
  signal.addEventListener("abort", () => {
    stop();
    letGo();
  });
  follow();
}
