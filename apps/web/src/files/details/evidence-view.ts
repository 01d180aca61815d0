import type { UploadState } from "@hawser/client";
import type { Evidence, Upload } from "@hawser/protocol";
import { formatDayTime } from "../figures.ts";
import type { Picked } from "../picked.ts";
import { detailsWords } from "../words/details-words.ts";

/** What the server says of an upload; `none` while it does not know it. */
export type ServerSays = "none" | "asking" | "unanswered" | Upload;

/** A line of the list: what is known and how it is written. */
export interface Fact {
  readonly label: string;
  readonly value: string;
  readonly isCode?: boolean;
}

const say = detailsWords.evidence;

/** What is known of a file for telling whether it is the same one. */
export function evidenceFacts(
  state: UploadState,
  picked: Picked | undefined,
  server: ServerSays,
  nowMs: number,
): readonly Fact[] {
  const upload = typeof server === "string" ? null : server;
  const evidence: Evidence = { ...upload?.evidence, ...(state.status === "needs-source" ? state.evidence : {}) };
  const unknown = { none: say.notThere, asking: say.asking, unanswered: say.unanswered };
  const missing = typeof server === "string" && server !== "none" ? unknown[server] : null;
  return [
    { label: say.size, value: sizeAndTime(state, picked, upload, nowMs) },
    hash(say.sampled, evidence.sampledHash, missing ?? say.notSampled),
    hash(say.full, evidence.sha256, missing ?? say.notFull),
    { label: say.readFrom, value: readFrom(state, picked) },
    { label: say.keptUntil, value: keptUntil(state, server, nowMs) },
    state.uploadId === null
      ? { label: say.uploadId, value: say.noId }
      : { label: say.uploadId, value: state.uploadId, isCode: true },
  ];
}

function sizeAndTime(state: UploadState, picked: Picked | undefined, upload: Upload | null, nowMs: number): string {
  const size = state.sizeBytes === null ? say.noSize : say.bytes(state.sizeBytes);
  const modifiedMs = picked?.file.lastModified ?? (upload?.lastModified ? Date.parse(upload.lastModified) : null);
  return modifiedMs === null ? size : `${size} · ${formatDayTime(modifiedMs, nowMs)}`;
}

function hash(label: string, value: string | undefined, otherwise: string): Fact {
  if (value === undefined) return { label, value: otherwise };
  return { label, value: `${value.slice(0, 24).replace(/.{8}(?=.)/g, "$& ")} …`, isCode: true };
}

function readFrom(state: UploadState, picked: Picked | undefined): string {
  const from = detailsWords.readFrom;
  if (state.carrier === "elsewhere") return from.elsewhere;
  if (state.status === "needs-source") return state.canReopen ? from.reopen : from.nowhere;
  if (picked === undefined) return from.kept;
  return picked.handle === null ? from.blob : from.handle;
}

function keptUntil(state: UploadState, server: ServerSays, nowMs: number): string {
  if (state.status === "completed") return say.done;
  if (server === "none") return say.notThere;
  if (server === "asking") return say.asking;
  if (server === "unanswered") return say.unanswered;
  return server.expiresAt === null ? say.done : say.kept(formatDayTime(Date.parse(server.expiresAt), nowMs));
}
