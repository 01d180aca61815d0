import type { Upload } from "@hawser/protocol";
import { printable } from "../text.ts";
import { formatDuration, formatPercent, formatSize } from "../values.ts";
import type { News, Watched } from "./roster.ts";

/** What is said of one piece of news, without the last full stop where more may follow. All functions are pure. */

export function sentenceOfNews(news: Exclude<News, { kind: "ended" | "file" }>): string {
  const name = nameOf(news.watched.upload);
  switch (news.kind) {
    case "began":
      return `${name}: ${amountOf(news.watched)}, on its way.`;
    case "progress":
      return `${name}: ${amountOf(news.watched)}${paceOf(news.watched)}.`;
    case "resumed":
      return `${name}: goes on from ${amountOf(news.watched)}.`;
    case "checking":
      return `${name}: all bytes are there, the whole file is being checked.`;
    case "refused":
      return `${name}: ${refusalOf(news.chunks, news.detail)}`;
  }
}

/** How it ended, first of all whether the file is safe. */
export function sentenceOfEnd(upload: Upload): string {
  const name = nameOf(upload);
  const { state, size, receivedBytes, createdAt, completedAt, failure, deletedAt } = upload;
  if (deletedAt !== undefined) return `Deleted: ${name}`;
  if (state === "completed") {
    const took = completedAt === undefined ? Number.NaN : Date.parse(completedAt) - Date.parse(createdAt);
    return `Safe: ${name}, ${formatSize(size ?? receivedBytes)}${took >= 0 ? `, after ${formatDuration(took)}` : ""}`;
  }
  const ends = { cancelled: "Cancelled", expired: "Expired", failed: "Failed" } as const;
  const why = failure === undefined ? "" : `. ${printable(failure.detail)}`;
  return `${ends[state as keyof typeof ends]}: ${name}, at ${shareOf(upload)}${why}`;
}

export function sentenceOfFile({ upload, type }: Extract<News, { kind: "file" }>): string {
  const name = nameOf(upload);
  if (type === "file_deleted") return `Deleted: ${name}`;
  return type === "damaged"
    ? `Damaged: ${name}. Stored bytes are not what was sent; send the file again to mend it.`
    : `Mended: ${name}. All stored bytes are what was sent.`;
}

export function refusalOf(chunks: number, detail: string): string {
  if (chunks === 1) return "1 chunk arrived damaged and is sent again.";
  if (chunks > 1) return `${chunks} chunks arrived damaged and are sent again.`;
  return `Its content was refused. ${printable(detail)}`.trim();
}

export const nameOf = ({ filename }: Pick<Upload, "filename">): string => printable(filename);

function amountOf({ upload }: Watched): string {
  const { size, receivedBytes } = upload;
  return size === null
    ? formatSize(receivedBytes)
    : `${shareOf(upload)}, ${formatSize(receivedBytes)} of ${formatSize(size)}`;
}

function paceOf({ upload: { size, receivedBytes }, bytesPerSecond }: Watched): string {
  if (bytesPerSecond === null || bytesPerSecond < 1) return "";
  const left = size === null ? "" : `, ${formatDuration(((size - receivedBytes) / bytesPerSecond) * 1_000)} left`;
  return `, ${formatSize(bytesPerSecond)}/s${left}`;
}

function shareOf({ size, receivedBytes }: Upload): string {
  return size === null ? formatSize(receivedBytes) : formatPercent(receivedBytes, size);
}
