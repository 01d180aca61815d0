import type { File, FilesResponse } from "@hawser/protocol";
import type { World } from "../engine/world.ts";

/** What is known of the files on the server. */
export interface StoredFiles {
  /** Newest first. */
  readonly files: readonly File[];
  readonly hasMore: boolean;
  readonly status: "asking" | "listed" | "failed";
}

/** The list of stored files, page by page. One question at a time. */
export class StoredFilesStore {
  readonly #listFiles: World["listFiles"];
  readonly #listeners = new Set<() => void>();
  #snapshot: StoredFiles = { files: [], hasMore: true, status: "asking" };
  #cursor: string | null = null;
  #asking: AbortController | undefined;
  /** Whether the list has to be renewed once what is asked now is answered. */
  #isStale = false;

  constructor(listFiles: World["listFiles"]) {
    this.#listFiles = listFiles;
  }

  readonly getSnapshot = (): StoredFiles => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Asks for the first page, unless it is there. */
  readonly begin = async (): Promise<void> => {
    if (this.#snapshot.status !== "listed") await this.more();
  };

  /** Asks for the next page. Resolves when it is there, or the failure is told in the snapshot; never rejects. */
  readonly more = async (): Promise<void> => {
    if (this.#asking !== undefined || !this.#snapshot.hasMore) return;
    this.#set({ ...this.#snapshot, status: "asking" });
    await this.#ask(
      this.#cursor,
      ({ files, next }) => {
        this.#cursor = next ?? null;
        const all = withoutTwins([...this.#snapshot.files, ...files]);
        this.#set({ files: all, hasMore: next !== undefined, status: "listed" });
      },
      () => this.#set({ ...this.#snapshot, status: "failed" }),
    );
  };

  /** Asks for the newest files again, which others may have stored. Without an answer all stays; never rejects. */
  readonly renew = async (): Promise<void> => {
    if (this.#asking !== undefined) {
      this.#isStale = true;
      return;
    }
    if (this.#snapshot.status !== "listed") return await this.more();
    const before = new Set(this.#snapshot.files.map(({ id }) => id));
    await this.#ask(
      null,
      (page) => this.#takeNewest(page, before),
      () => undefined,
    );
  };

  /** Files that were finished meanwhile, newest first. */
  add(files: readonly File[]): void {
    const known = new Set(this.#snapshot.files.map(({ id }) => id));
    const added = files.filter(({ id }) => !known.has(id));
    if (added.length > 0) this.#set({ ...this.#snapshot, files: [...added, ...this.#snapshot.files] });
  }

  close(): void {
    this.#asking?.abort();
    this.#asking = undefined;
    this.#isStale = false;
  }

  async #ask(cursor: string | null, take: (page: FilesResponse) => void, fail: () => void): Promise<void> {
    const asking = new AbortController();
    this.#asking = asking;
    try {
      take(await this.#listFiles(cursor, asking.signal));
    } catch {
      if (!asking.signal.aborted) fail();
    }
    if (this.#asking !== asking) return;
    this.#asking = undefined;
    if (!this.#isStale) return;
    this.#isStale = false;
    await this.renew();
  }

  /** @param before ids that were known when it was asked for: what was added since may be too new for the answer */
  #takeNewest({ files, next }: FilesResponse, before: ReadonlySet<string>): void {
    const known = this.#snapshot.files;
    const byId = new Map(known.map((file) => [file.id, file]));
    const newest = [...known.filter(({ id }) => !before.has(id)), ...files.map((file) => byId.get(file.id) ?? file)];
    const last = known.findIndex(({ id }) => id === files.at(-1)?.id);
    // So much has come that the pages do not meet, or there is but one: the list begins anew.
    const isAnew = next === undefined || last < 0;
    if (isAnew) this.#cursor = next ?? null;
    const all = withoutTwins(isAnew ? newest : [...newest, ...known.slice(last + 1)]);
    if (all.length === known.length && all.every((file, index) => file === known[index])) return;
    this.#set({ ...this.#snapshot, files: all, hasMore: isAnew ? next !== undefined : this.#snapshot.hasMore });
  }

  #set(snapshot: StoredFiles): void {
    this.#snapshot = snapshot;
    for (const listener of this.#listeners) listener();
  }
}

function withoutTwins(files: readonly File[]): File[] {
  return [...new Map(files.map((file) => [file.id, file])).values()];
}
