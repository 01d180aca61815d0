// What the bench asks of a client under test, and how that client listens. Only this is shared: a client's process has
// nothing in it that it does not need itself.
import { join } from "node:path";
import type { UploaderOptions } from "@hawser/client";
import type { Subject } from "@hawser/protocol";

/** Where a client sends, and what: the files of `folder` from number `first` on. */
interface FilesJob {
  readonly port: number;
  readonly folder: string;
  readonly first: number;
  readonly count: number;
}

/** For the engine. What `options` do not say is its own default. */
export interface EngineJob extends FilesJob {
  /** Null: a journal in memory, which outlives nothing. */
  readonly journalFolder: string | null;
  readonly options: Pick<UploaderOptions, "maxLanes" | "maxActive">;
}

/** For tus-js-client. */
export interface TusJob extends FilesJob {
  /**
   * `stream`: one PATCH a file, as documented. `large-reads`: the same, read by the MiB. `create`: small files.
   * `enduring`: as `large-reads`, tried again whenever the line breaks.
   */
  readonly way: "stream" | "large-reads" | "create" | "enduring";
  /** Files at once. */
  readonly width: number;
}

/** For Uppy: one file after the other. */
export type UppyJob = FilesJob;

export interface QueueJob extends FilesJob {
  readonly journalFolder: string;
}

/** For watchers: to open so many connections, or to tell what came over them and close them. */
export type WatchersJob =
  | { readonly kind: "open"; readonly port: number; readonly subjects: readonly Subject[] }
  | { readonly kind: "close" };

/** Chunks that a watcher was told of: its number, the upload's id, the range, and when, milliseconds since 1970. */
export type Arrival = readonly [watcher: number, id: string, first: number, last: number, atMs: number];

/** How the queue's uploads were added. All times in milliseconds. */
export interface QueueFigures {
  /** In `add` alone. */
  readonly addMs: number;
  /** From the first file opened to the last one added. */
  readonly addedMs: number;
  /** From the first file opened to the last record in the journal. */
  readonly journaledMs: number;
  /** Reading the state of each upload once, as a page does that shows them all. */
  readonly readMs: number;
  /** Used heap after a collection, over what it was before. */
  readonly heapBytes: number;
}

/** The jobs that each client does, with its answers; sending is answered with the ids of what the server has. */
export interface ClientJobs {
  readonly engine: { readonly job: EngineJob; readonly answer: readonly string[] };
  readonly queue: { readonly job: QueueJob; readonly answer: QueueFigures };
  readonly uppy: { readonly job: UppyJob; readonly answer: readonly string[] };
  readonly watchers: { readonly job: WatchersJob; readonly answer: readonly Arrival[] };
  readonly tus: { readonly job: TusJob; readonly answer: readonly string[] };
}

export type ClientKind = keyof ClientJobs;

/** A question of the bench; usage is asked of the probe. */
export interface Question<K extends ClientKind> {
  readonly job: ClientJobs[K]["job"];
}

export type Reply<K extends ClientKind> =
  | { readonly kind: "ready" }
  | { readonly kind: "done"; readonly answer: ClientJobs[K]["answer"] }
  | { readonly kind: "failed"; readonly reason: string };

/** Does each job that the bench sends, until the bench ends it. */
export function serveJobs<K extends ClientKind>(
  work: (job: ClientJobs[K]["job"]) => Promise<ClientJobs[K]["answer"]>,
): void {
  const reply = (message: Reply<K>) => void process.send?.(message);
  process.on("message", (message: Question<K> | string) => {
    if (typeof message === "string") return;
    work(message.job).then(
      (answer) => reply({ kind: "done", answer }),
      (error: unknown) => reply({ kind: "failed", reason: error instanceof Error ? `${error.stack}` : `${error}` }),
    );
  });
  // The probe lets a process end that has nothing to do; this one waits for jobs.
  process.channel?.ref();
  reply({ kind: "ready" });
}

/** Paths of a job's files, in their order. */
export function pathsOf({ folder, first, count }: FilesJob): string[] {
  return Array.from({ length: count }, (_, index) => filePath(folder, first + index));
}

export function filePath(folder: string, number: number): string {
  return join(folder, `file-${number}`);
}
