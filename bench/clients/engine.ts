// Sends files with the engine as `hawser push` uses it: sources by path, and a journal on disk unless a measure wants to see what that costs.
import { createMemoryJournal, createUploader, openFileJournal, openPathSource } from "@hawser/client";
import { pathsOf, serveJobs } from "./job.ts";

serveJobs<"engine">(async (job) => {
  const { port, journalFolder, options } = job;
  const uploader = createUploader({
    endpoint: `http://127.0.0.1:${port}/`,
    journal: journalFolder === null ? createMemoryJournal() : await openFileJournal(journalFolder),
    ...options,
  });
  try {
    await uploader.ready;
    const finished: ReturnType<typeof uploader.add>["done"][] = [];
    for (const path of pathsOf(job)) finished.push(uploader.add(await openPathSource(path)).done);
    return (await Promise.all(finished)).map(({ file }) => file.id);
  } finally {
    await uploader.close();
  }
});
