import type { UploadState } from "@hawser/client";
import { useEffect, useState } from "react";
import { useProvided } from "../state/context.ts";
import { isRetryable } from "../state/retryable.ts";
import { createFormat, type Format } from "./format.ts";
import { english, type Messages, type Totals, type UploadWords } from "./messages.ts";
import { meaningOf } from "./standing.ts";

export type Words = readonly [messages: Messages, format: Format];

const made = new WeakMap<object, Words>();

/** The words of the provider on top of the English ones, and the figures of their language. */
export function useWords(): Words {
  const given = useProvided().messages ?? english;
  const known = made.get(given);
  if (known) return known;
  const messages = {
    ...english,
    ...given,
    standings: { ...english.standings, ...given.standings },
    actions: { ...english.actions, ...given.actions },
  };
  const words = [messages, createFormat(messages.locale)] as const;
  made.set(given, words);
  return words;
}

export function describe(state: UploadState, [{ standings }, format]: Words, nowMs: number): UploadWords {
  const say = standings[meaningOf(state).standing] as (
    state: UploadState,
    format: Format,
    nowMs: number,
  ) => UploadWords;
  return say(state, format, nowMs);
}

/** Uploads by what people care about; those that were cancelled count for nothing. */
export interface Tally extends Totals {
  /** Of those on the way: how many wait for the network. */
  readonly offlineCount: number;
  readonly confirmedBytes: number;
  readonly totalBytes: number;
  /** Of those that need the person: how many a retry may help. */
  readonly retryable: number;
  /** Whole seconds in milliseconds, by the speed of those that travel; null while nobody knows. */
  readonly timeLeftMs: number | null;
}

export function tally(states: readonly UploadState[]): Tally {
  const sums = {
    total: 0,
    safe: 0,
    onTheWay: 0,
    retrying: 0,
    offlineCount: 0,
    needYou: 0,
    retryable: 0,
    confirmedBytes: 0,
    totalBytes: 0,
    timeLeftMs: null as number | null,
  };
  let bytesPerSecond = 0;
  let leftBytes = 0;
  for (const state of states) {
    const { status, confirmedBytes, sizeBytes } = state;
    if (status === "cancelled") continue;
    const { standing, needsYou } = meaningOf(state);
    sums.total++;
    sums.confirmedBytes += confirmedBytes;
    sums.totalBytes += sizeBytes ?? confirmedBytes;
    const kind = status === "completed" ? "safe" : needsYou ? "needYou" : "onTheWay";
    sums[kind]++;
    if (kind === "onTheWay" && sizeBytes) leftBytes += sizeBytes - confirmedBytes;
    if (standing === "waiting") sums.retrying++;
    if (standing === "offline") sums.offlineCount++;
    if (isRetryable(state)) sums.retryable++;
    if (status === "uploading") bytesPerSecond += state.bytesPerSecond ?? 0;
  }
  if (bytesPerSecond > 0) sums.timeLeftMs = Math.ceil(leftBytes / bytesPerSecond) * 1_000;
  return sums;
}

/** Wall time, renewed each second while `isTicking`. */
export function useNow(isTicking: boolean): number {
  const [nowMs, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isTicking) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [isTicking]);
  return nowMs;
}
