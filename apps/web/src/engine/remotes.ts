import type { LiveUpload } from "@hawser/client";

/** An upload of another device or browser, as this page shows it. */
export interface Remote {
  readonly upload: LiveUpload;
  /** Since when it is shown, wall time in milliseconds as the others. */
  readonly cameAtMs: number;
  /** When this page heard that it is over; null while it is on its way. */
  readonly endedAtMs: number | null;
  /** Since when it is on its way out of the list; null while it has a place there. */
  readonly leftAtMs: number | null;
}

/** Its file is in the list of stored files at once: the row stays for as long as it takes to see that. */
const safeShownMs = 5_000;
/** What went wrong stays to be read, and not as long as the client tells of it. */
const endShownMs = 20_000;
/** How long a row takes to close up. */
const leavingMs = 240;
/** From the moment when it is told to its first drawing. */
const newMs = 1_000;

export function isOnItsWay({ state }: Pick<LiveUpload, "state">): boolean {
  return state === "active" || state === "assembling";
}

/**
 * What is shown of the uploads that the server tells of: those on their way, and for a while how those ended that were
 * seen on their way. A file that came at once was never on its way. Oldest first, so that rows are added at the end;
 * the same objects, and the same array, until something changes.
 * @param told newest first
 * @param nowMs wall time
 */
export function followRemotes(
  before: readonly Remote[],
  told: readonly LiveUpload[],
  nowMs: number,
): readonly Remote[] {
  const shown = new Map(before.map((remote) => [remote.upload.id, remote]));
  const toldIds = new Set(told.map(({ id }) => id));
  const now: Remote[] = [];
  for (const remote of before) {
    if (toldIds.has(remote.upload.id)) continue;
    const left = leave(remote, nowMs);
    if (left !== null) now.push(left);
  }
  for (const upload of told.toReversed()) {
    const remote = follow(shown.get(upload.id), upload, nowMs);
    if (remote !== null) now.push(remote);
  }
  now.sort((a, b) => a.upload.createdAt - b.upload.createdAt || (a.upload.id < b.upload.id ? -1 : 1));
  return now.length === before.length && now.every((remote, index) => remote === before[index]) ? before : now;
}

/** When the next row changes by itself, in milliseconds; null while none does. */
export function nextChangeMs(remotes: readonly Remote[], nowMs: number): number | null {
  let next: number | null = null;
  for (const remote of remotes) {
    const { upload, endedAtMs, leftAtMs } = remote;
    const at = leftAtMs !== null ? leftAtMs + leavingMs : endedAtMs === null ? null : endedAtMs + shownMs(upload);
    if (at !== null) next = Math.min(next ?? Number.POSITIVE_INFINITY, Math.max(0, at - nowMs));
  }
  return next;
}

/** Whether it has come in this moment; of a long list, rows that are drawn later have not. */
export function isNew({ cameAtMs }: Remote, nowMs: number): boolean {
  return nowMs - cameAtMs < newMs;
}

function follow(before: Remote | undefined, upload: LiveUpload, nowMs: number): Remote | null {
  if (isOnItsWay(upload)) {
    const isSame = before?.upload === upload && before.leftAtMs === null;
    return isSame ? before : { upload, cameAtMs: before?.cameAtMs ?? nowMs, endedAtMs: null, leftAtMs: null };
  }
  if (before === undefined) return null;
  const endedAtMs = before.endedAtMs ?? nowMs;
  const remote = before.upload === upload && before.endedAtMs !== null ? before : { ...before, upload, endedAtMs };
  return nowMs - endedAtMs < shownMs(upload) ? remote : leave(remote, nowMs);
}

function leave(remote: Remote, nowMs: number): Remote | null {
  if (remote.leftAtMs === null) return { ...remote, leftAtMs: nowMs };
  return nowMs - remote.leftAtMs < leavingMs ? remote : null;
}

function shownMs({ state }: LiveUpload): number {
  return state === "completed" ? safeShownMs : endShownMs;
}
