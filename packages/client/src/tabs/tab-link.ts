/** A lock that is held. */
export interface TabLock {
  /** Resolves when somebody stole it. */
  readonly lost: Promise<void>;
  release(): void;
}

export interface TabChannel {
  /** Plain data, to all other tabs that have a channel of this name open. What cannot be sent is dropped. */
  post(message: unknown): void;
  close(): void;
}

/**
 * What happens to a page:
 * - `away`: it is left, or put aside; nothing more may run here until it is `back`
 * - `back`: it was put aside, and is shown again
 * - `woken`: it stood still, or may have, and goes on
 */
export type PageEvent = "away" | "back" | "woken";

/** What the tabs of a browser have between them. All names are shared by the pages of one origin. */
export interface TabLink {
  /**
   * Resolves when the lock is held; until then it waits in the order of arrival. A lock ends with its tab, however the
   * tab ends.
   * @param steal takes it from whoever has it, at once
   */
  hold(name: string, signal: AbortSignal, steal?: boolean): Promise<TabLock>;
  /** Null when somebody has it. */
  holdIfFree(name: string): Promise<TabLock | null>;
  /** Names of all locks that are held now. */
  held(): Promise<readonly string[]>;
  open(name: string, onMessage: (message: unknown) => void): TabChannel;
  /** Calls `listener` until the returned function is called. */
  onPage(listener: (event: PageEvent) => void): () => void;
}
