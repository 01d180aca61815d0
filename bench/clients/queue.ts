// Queues files in the engine while the server answers nothing: what that takes of time and memory.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createUploader, type Journal, openFileJournal, openPathSource } from "@hawser/client";
import { pathsOf, type QueueFigures, type QueueJob, serveJobs } from "./job.ts";

/** The server does not answer; nobody is to give up meanwhile. */
const patienceMs = 3_600_000;

serveJobs<"queue">(async (job) => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  const before = process.memoryUsage().heapUsed;
  const journal = new CountedJournal(await openFileJournal(job.journalFolder));
  const uploader = createUploader({
    endpoint: `http://127.0.0.1:${job.port}/`,
    journal: journal.counted,
    stallTimeoutMs: patienceMs,
  });
  try {
    await uploader.ready;
    const times = await addFiles(uploader, journal, job);
    collect();
    const heapBytes = process.memoryUsage().heapUsed - before;
    // Asked after the heap was measured: it holds everything until here.
    if (uploader.uploads.length !== job.count) throw new Error("Not every file is in the queue.");
    return { ...times, heapBytes };
  } finally {
    await uploader.close();
  }
});

async function addFiles(
  uploader: ReturnType<typeof createUploader>,
  journal: CountedJournal,
  job: QueueJob,
): Promise<Omit<QueueFigures, "heapBytes">> {
  const startedAt = performance.now();
  let addMs = 0;
  for (const path of pathsOf(job)) {
    const source = await openPathSource(path);
    const addingAt = performance.now();
    uploader.add(source);
    addMs += performance.now() - addingAt;
  }
  const addedMs = performance.now() - startedAt;
  await journal.written(job.count);
  const journaledMs = performance.now() - startedAt;
  const readingAt = performance.now();
  for (const upload of uploader.uploads) if (upload.state.status === "failed") throw upload.state.error;
  return { addMs, addedMs, journaledMs, readMs: performance.now() - readingAt };
}

/** Tells when so many records are durable. */
class CountedJournal {
  readonly counted: Journal;
  readonly #written = new Set<string>();
  #wanted = Number.POSITIVE_INFINITY;
  readonly #reached = Promise.withResolvers<void>();

  constructor(journal: Journal) {
    this.counted = {
      load: () => journal.load(),
      put: async (record) => {
        await journal.put(record);
        this.#written.add(record.id);
        this.#check();
      },
      remove: (id) => journal.remove(id),
      close: () => journal.close(),
    };
  }

  written(records: number): Promise<void> {
    this.#wanted = records;
    this.#check();
    return this.#reached.promise;
  }

  #check(): void {
    if (this.#written.size >= this.#wanted) this.#reached.resolve();
  }
}
