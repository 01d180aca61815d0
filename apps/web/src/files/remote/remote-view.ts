import type { LiveUpload } from "@hawser/client";
import { isErrorCode } from "@hawser/protocol";
import type { RopeChunks } from "../../design/rope-shape.ts";
import { isOnItsWay } from "../../engine/remotes.ts";
import { prefixOf } from "../chunks-of.ts";
import { formatClock, formatDay, formatMoment, formatSize, formatSpeed, formatTime, percentOf } from "../figures.ts";
import { type RowView, shareOf, type Tone } from "../row-view.ts";
import { errorWords } from "../words/error-words.ts";
import { remoteWords } from "../words/remote-words.ts";
import { words } from "../words/words.ts";

/** What the row of another device's upload says; it offers nothing, since nothing can be done from here. */
export interface RemoteView extends Pick<RowView, "icon" | "status" | "detail" | "figures" | "percent" | "isResting"> {
  readonly tone: Tone | "safe";
}

type Says = Pick<RemoteView, "tone" | "icon" | "status" | "detail"> & Partial<Pick<RemoteView, "isResting">>;

/** Without a byte for so long it is silent. */
const silentMs = 10_000;

/** Whether it depends on the time what is said of it: nobody knows how fast it is. */
export function dependsOnTime({ state, bytesPerSecond }: LiveUpload): boolean {
  return state === "active" && bytesPerSecond === null;
}

/** @param nowMs wall time; matters only to what `dependsOnTime` */
export function viewRemote(upload: LiveUpload, nowMs: number): RemoteView {
  const { bytesPerSecond, sizeBytes } = upload;
  const figures: string[] = [];
  if (isOnItsWay(upload))
    figures.push(words.row.safeShare(shareOf({ confirmedBytes: upload.receivedBytes, sizeBytes })));
  if (upload.state === "active" && bytesPerSecond !== null) figures.push(formatSpeed(bytesPerSecond));
  const isLost = !isOnItsWay(upload) && upload.state !== "completed";
  const percent = isLost ? null : percentOf(upload.receivedBytes, sizeBytes);
  // Nothing of an empty file can be confirmed before it is whole.
  const isEmptyYet = sizeBytes === 0 && upload.state === "active";
  return { isResting: isLost, ...say(upload, nowMs), figures, percent: isEmptyYet ? 0 : percent };
}

/** Nothing is told of which chunks are there: a prefix of the same length. Of what was removed, nothing. */
export function remoteChunks(upload: LiveUpload): RopeChunks {
  const isThere = isOnItsWay(upload) || upload.state === "completed";
  return prefixOf(isThere ? upload.receivedBytes : 0, upload.sizeBytes);
}

function say(upload: LiveUpload, nowMs: number): Says {
  switch (upload.state) {
    case "active":
      return sayActive(upload, nowMs);
    case "assembling":
      return { tone: "move", icon: "shield-check", ...words.row.checking };
    case "completed":
      return { tone: "safe", icon: "check", status: words.row.safe, detail: sayWhole(upload) };
    case "failed":
      return { tone: "stop", icon: "alert", status: remoteWords.failed.status, detail: sayFailure(upload) };
    case "cancelled":
      return { tone: "rest", icon: "cross", ...remoteWords.cancelled };
    case "expired":
      return { tone: "rest", icon: "clock", ...remoteWords.expired };
  }
}

function sayActive(upload: LiveUpload, nowMs: number): Says {
  const { bytesPerSecond, timeLeftMs, receivedBytes, lastActivityAt, failure } = upload;
  if (bytesPerSecond === null && failure !== null) {
    const detail = remoteWords.refused(whatOf(failure.code) ?? remoteWords.failed.unknown);
    return { tone: "stop", icon: "alert", status: remoteWords.refusedStatus, detail, isResting: true };
  }
  // The server's clock and this one may differ: then it is said a little earlier, or later.
  if (bytesPerSecond === null && nowMs - lastActivityAt >= silentMs) {
    const { since, detail, nothingYet } = remoteWords.silent;
    return {
      tone: "rest",
      icon: "clock",
      status: since(formatSince(lastActivityAt, nowMs)),
      detail: receivedBytes === 0 ? nothingYet : detail,
      isResting: true,
    };
  }
  if (receivedBytes === 0) return { tone: "move", icon: "up", ...remoteWords.starting };
  const detail = timeLeftMs === null ? "" : words.row.left(formatTime(timeLeftMs));
  return { tone: "move", icon: "up", status: remoteWords.uploading, detail };
}

function sayWhole({ receivedBytes, file, lastActivityAt }: LiveUpload): string {
  const atMs = file === null ? lastActivityAt : Date.parse(file.completedAt);
  // It is shown only right after it: the time of the day says all.
  return words.row.checkedWhole(formatSize(file?.size ?? receivedBytes), formatMoment(atMs, atMs));
}

function sayFailure({ failure }: LiveUpload): string {
  return (failure === null ? null : whatOf(failure.code)) ?? remoteWords.failed.unknown;
}

function whatOf(code: string): string | null {
  return isErrorCode(code) ? errorWords(code).what : null;
}

/** `14:36` on the same day, else `yesterday` or `27 June`. */
function formatSince(atMs: number, nowMs: number): string {
  const day = formatDay(atMs, nowMs);
  return day === "today" ? formatClock(atMs) : day;
}
