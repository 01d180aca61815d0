import type { UploadState } from "@hawser/client";
import { Rope } from "../design/rope.tsx";
import { formatCount, formatSize } from "./figures.ts";
import { words } from "./words/words.ts";

type Completed = Extract<UploadState, { status: "completed" }>;

/** What was sent since this page was opened, once all of it is safe. */
export function LastBatch({ completed }: { completed: readonly Completed[] }) {
  if (completed.length === 0) return null;
  const sizeBytes = completed.reduce((sum, { file }) => sum + file.size, 0);
  return (
    <section className="card done-card" aria-label={words.batch.label}>
      <Rope chunks={{ total: 100, safe: [[1, 100]], moving: [], again: [] }} />
      <p>
        <b>{words.batch.sent(formatCount(completed.length), completed.length === 1, formatSize(sizeBytes))}</b>{" "}
        {words.batch.how}
      </p>
    </section>
  );
}
