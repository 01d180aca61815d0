import { HawserError } from "@hawser/protocol";
import type { Spool, SpoolCopy, ToCopy } from "./spool.ts";
import type { SpoolAnswer, SpoolRequest } from "./worker-messages.ts";

/** What is used of the browser, so that nothing else of the DOM is needed. */
interface FileEntry {
  readonly kind: "file";
  readonly name: string;
  getFile(): Promise<File>;
}
interface Folder {
  getDirectoryHandle(name: string, options: { readonly create: true }): Promise<Folder>;
  getFileHandle(name: string): Promise<FileEntry>;
  removeEntry(name: string): Promise<void>;
  values(): AsyncIterable<FileEntry | { readonly kind: "directory" }>;
}
interface SpoolWorker {
  onmessage: ((event: { readonly data: SpoolAnswer }) => void) | null;
  onerror: (() => void) | null;
  postMessage(request: SpoolRequest): void;
  terminate(): void;
}
declare const Worker: new (url: URL, options: { readonly type: "module" }) => SpoolWorker;

const storage = () =>
  (globalThis as unknown as { navigator: { storage?: { getDirectory?(): Promise<Folder> } } }).navigator.storage;

/**
 * Copies in the origin's private files, written by a worker of their own, since only there a file can be flushed.
 * @param folderName the folder that has them
 */
export class OpfsSpool implements Spool {
  readonly maxCopyBytes = Number.POSITIVE_INFINITY;
  readonly #folderName: string;
  #worker: SpoolWorker | null = null;

  constructor(folderName: string) {
    this.#folderName = folderName;
  }

  async list(): Promise<readonly SpoolCopy[]> {
    const copies: SpoolCopy[] = [];
    for await (const entry of (await this.#folder()).values()) {
      if (entry.kind !== "file") continue;
      // Gone meanwhile: another tab has no need of it any more.
      const file = await entry.getFile().catch(() => null);
      if (file) copies.push({ spoolId: entry.name, sizeBytes: file.size, changedAt: file.lastModified });
    }
    return copies;
  }

  async copy(copies: readonly ToCopy[], signal: AbortSignal): Promise<void> {
    const done: ToCopy[] = [];
    try {
      for (const each of copies) {
        await this.#copy(each, signal);
        done.push(each);
      }
    } catch (error) {
      for (const { spoolId } of done) await this.remove(spoolId);
      throw error;
    }
  }

  async open(spoolId: string): Promise<Blob | null> {
    const folder = await this.#folder();
    return folder.getFileHandle(spoolId).then(
      (entry) => entry.getFile(),
      () => null,
    );
  }

  async remove(spoolId: string): Promise<void> {
    const folder = await this.#folder();
    // What is not there any more, or is still being written by a tab that nobody listens to, is left to the next sweep.
    await folder.removeEntry(spoolId).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#worker?.terminate();
    this.#worker = null;
  }

  async #copy({ spoolId, blob }: ToCopy, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#worker ??= new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    const worker = this.#worker;
    const { promise, resolve, reject } = Promise.withResolvers<SpoolAnswer>();
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = () => reject(new HawserError("internal", { detail: "The worker that copies cannot run." }));
    const stop = () => worker.postMessage({ kind: "stop" });
    signal.addEventListener("abort", stop, { once: true });
    try {
      worker.postMessage({ kind: "copy", folder: this.#folderName, spoolId, blob });
      ensureCopied(await promise, spoolId, signal);
    } catch (error) {
      if (!(error instanceof HawserError) || error.code !== "internal") throw error;
      // A worker that failed in an unknown way is not asked again.
      await this.close();
      throw error;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  async #folder(): Promise<Folder> {
    const root = await storage()?.getDirectory?.();
    if (root === undefined) throw new HawserError("internal", { detail: "The browser has no private files." });
    return root.getDirectoryHandle(this.#folderName, { create: true });
  }
}

function ensureCopied(answer: SpoolAnswer, spoolId: string, signal: AbortSignal): void {
  switch (answer.kind) {
    case "copied":
      return;
    case "stopped":
      throw signal.reason;
    case "unreadable":
      throw new HawserError("source_unreadable", { detail: "The file changed or went while it was copied." });
    case "failed": {
      const code = answer.name === "QuotaExceededError" ? "storage_full" : "internal";
      throw new HawserError(code, { detail: `The copy ${spoolId} cannot be written: ${answer.message}` });
    }
  }
}
