import type { File } from "@hawser/protocol";
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
    const asking = new AbortController();
    this.#asking = asking;
    this.#set({ ...this.#snapshot, status: "asking" });
    try {
      const { files, next } = await this.#listFiles(this.#cursor, asking.signal);
      this.#cursor = next ?? null;
      this.#set({
        files: withoutTwins([...this.#snapshot.files, ...files]),
        hasMore: next !== undefined,
        status: "listed",
      });
    } catch {
      if (!asking.signal.aborted) this.#set({ ...this.#snapshot, status: "failed" });
    } finally {
      if (this.#asking === asking) this.#asking = undefined;
    }
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
  }

  #set(snapshot: StoredFiles): void {
    this.#snapshot = snapshot;
    for (const listener of this.#listeners) listener();
  }
}

function withoutTwins(files: readonly File[]): File[] {
  return [...new Map(files.map((file) => [file.id, file])).values()];
}
