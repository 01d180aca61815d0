/** Names of the locks and of the channel: tabs meet that have the same journal open for the same server. */
export class TabNames {
  /** The channel. */
  readonly scope: string;
  readonly leader: string;
  readonly #tab: string;

  /** @param journal its name */
  constructor(journal: string, endpoint: string) {
    this.scope = `hawser:${journal}:${endpoint}`;
    this.leader = `hawser:leader:${journal}:${endpoint}`;
    this.#tab = `hawser:tab:${journal}:${endpoint}:`;
  }

  /** The lock that shows that this holder lives. */
  tab(holder: string): string {
    return this.#tab + holder;
  }

  /** Whose lock it is; null when it is none of a tab. */
  holderOf(lock: string): string | null {
    return lock.startsWith(this.#tab) ? lock.slice(this.#tab.length) : null;
  }
}
