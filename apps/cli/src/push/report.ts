import type { UploadState } from "@hawser/client";
import type { Output } from "../output.ts";
import type { PushEvent } from "./events.ts";
import type { Subject } from "./subject.ts";

/** Tells a push to whoever watches: JSON lines, live rows on a terminal, or plain lines. */
export interface PushReport {
  /** What all of it is, before anything travels. The size is null while nobody knows it. */
  begin(files: number, sizeBytes: number | null): void;
  tell(subject: Subject, event: PushEvent): void;
  /** The state now, for what is drawn anew. */
  show(subject: Subject, state: UploadState): void;
  setPaused(isPaused: boolean): void;
  /** Runs `work` while nothing is drawn: it has the terminal for itself. */
  aside<T>(work: () => Promise<T>): Promise<T>;
  end(): void;
}

/** One JSON object a line for each event of each file, and one at the end. */
export function createJsonReport(output: Output): PushReport {
  const counts = { files: 0, safe: 0 };
  return {
    begin: (files) => {
      counts.files = files;
    },
    tell: ({ path, relativePath }, { event, ...facts }) => {
      if (event === "completed") counts.safe++;
      const way = event === "started" && relativePath !== null ? { relativePath } : {};
      output.record({ event, path, ...way, ...facts });
    },
    show: () => {},
    setPaused: () => {},
    aside: (work) => work(),
    end: () => output.record({ event: "ended", ...counts }),
  };
}
