/** What is used of the page, so that nothing else of the DOM is needed. */
export interface PageScope {
  readonly document?: {
    readonly visibilityState: string;
    addEventListener(type: string, listener: () => void, options: { readonly signal: AbortSignal }): void;
  };
}

/** Calls `listener` whenever the page is hidden or seen again, and at once, until the signal is aborted. */
export function followVisibility(
  listener: (isVisible: boolean) => void,
  signal: AbortSignal,
  { document }: PageScope = globalThis as unknown as PageScope,
): void {
  const tell = () => listener(document?.visibilityState !== "hidden");
  document?.addEventListener("visibilitychange", tell, { signal });
  tell();
}
