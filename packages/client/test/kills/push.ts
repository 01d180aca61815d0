/**
 * A small program that sends one file with a journal, as `hawser push` does. It goes on with what its journal says it
 * owes, or begins anew. The kill suite runs it again and again; its last line says how it ended.
 */
import { createUploader, HawserError, openFileJournal, openPathSource } from "../../src/node.ts";
import { createNodeTransport } from "../../src/transport/node-http.ts";
import { type KillMoment, killingJournal, killingTransport } from "./killing.ts";

export interface PushSettings {
  readonly endpoint: string;
  readonly journalFolder: string;
  readonly path: string;
  readonly kill: KillMoment;
}

export type PushEnd =
  | { readonly end: "completed"; readonly fileId: string; readonly resumedBytes: number; readonly writes: number }
  | { readonly end: "failed"; readonly code: string }
  | { readonly end: "needs-source" }
  | { readonly end: "paused"; readonly code: string | null };

async function push({ endpoint, journalFolder, path, kill }: PushSettings): Promise<PushEnd> {
  let writes = 0;
  const journal = killingJournal(await openFileJournal(journalFolder), kill, (write) => {
    writes = write;
  });
  const transport = killingTransport(createNodeTransport(), kill);
  const uploader = createUploader({ endpoint, journal, transport, maxLanes: 2, runChunks: 4, oneShotBytes: 0 });
  await uploader.ready;
  const upload = uploader.uploads[0] ?? uploader.add(await openPathSource(path));
  try {
    for await (const state of upload.states({ minIntervalMs: 0 })) {
      const { status, resumedBytes } = state;
      if (status === "completed") return { end: "completed", fileId: state.file.id, resumedBytes, writes };
      if (status === "failed") return { end: "failed", code: state.error.code };
      if (status === "needs-source") return { end: "needs-source" };
      if (status === "paused") return { end: "paused", code: state.cause?.code ?? null };
    }
    throw new HawserError("upload_cancelled");
  } finally {
    await uploader.close();
  }
}

console.log(JSON.stringify(await push(JSON.parse(process.argv[2] ?? ""))));
