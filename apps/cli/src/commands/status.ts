import type { Upload } from "@hawser/protocol";
import { type CommandInput, exitCodes } from "../command.ts";
import { printable } from "../text.ts";
import { formatPercent, formatSize, formatTime } from "../values.ts";
import { readId, withServer } from "./ask.ts";

/** Shows where one upload stands, and which chunks are missing. */
export async function run(input: CommandInput): Promise<number> {
  const id = readId(input);
  const { output, signal } = input;
  await withServer(input, async (api) => {
    const upload = await api.upload(id, signal);
    const missing = upload.state === "active" ? (await api.resume(id, 1, signal)).missingChunks : undefined;
    const rows = describeUpload(upload, missing ?? undefined);
    const width = Math.max(...rows.map(([label]) => label.length)) + 2;
    output.result(rows.map(([label, text]) => label.padEnd(width) + text).join("\n"));
    output.record({ ...upload, ...(missing === undefined ? {} : { missingChunks: missing }) });
  });
  return exitCodes.done;
}

const maxRangesShown = 8;

function describeUpload(upload: Upload, missing: readonly (readonly [number, number])[] | undefined) {
  const { size, receivedBytes } = upload;
  const rows: [string, string][] = [
    ["name", printable(upload.filename)],
    ["state", upload.state],
    ["size", size === null ? "not known yet" : formatSize(size)],
    ["received", receivedText(receivedBytes, size)],
  ];
  if (missing !== undefined && missing.length > 0) rows.push(["missing", missingText(upload.missingCount, missing)]);
  if (upload.damaged !== undefined && upload.damaged.length > 0) rows.push(["damaged", rangesText(upload.damaged)]);
  if (upload.failure !== undefined) rows.push(["reason", printable(upload.failure.detail)]);
  rows.push(["created", formatTime(upload.createdAt)]);
  if (upload.expiresAt !== null) rows.push(["expires", formatTime(upload.expiresAt)]);
  if (upload.completedAt !== undefined) rows.push(["completed", formatTime(upload.completedAt)]);
  if (upload.deletedAt !== undefined) rows.push(["deleted", formatTime(upload.deletedAt)]);
  if (upload.file !== undefined) rows.push(["digest", upload.file.digest]);
  return rows;
}

function receivedText(receivedBytes: number, size: number | null): string {
  return size === null
    ? formatSize(receivedBytes)
    : `${formatSize(receivedBytes)}, ${formatPercent(receivedBytes, size)}`;
}

function missingText(count: number | null, ranges: readonly (readonly [number, number])[]): string {
  return count === null ? rangesText(ranges) : `${count} ${count === 1 ? "chunk" : "chunks"}: ${rangesText(ranges)}`;
}

function rangesText(ranges: readonly (readonly [number, number])[]): string {
  const shown = ranges
    .slice(0, maxRangesShown)
    .map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
  return shown.join(", ") + (ranges.length > maxRangesShown ? ", …" : "");
}
