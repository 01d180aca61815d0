import type { UploadState } from "@hawser/client";
import { useCallback, useEffect, useRef, useState } from "react";
import { useUpload, useUploads } from "../hooks/uploads.ts";
import { useQueue } from "../hooks/use-queue.ts";
import { isRetryable } from "../state/retryable.ts";
import { meaningOf } from "../words/standing.ts";
import { describe, tally, useNow, useWords } from "../words/use-words.ts";
import { Button } from "./button.tsx";

/** Shortest time from one thing that a screen reader is told to the next. */
const announceMs = 5_000;

/** What is going on as a whole, in a word or two; also tells screen readers, calmly. */
export function UploadIndicator() {
  const [messages, format] = useWords();
  const sums = useUploads(tally);
  const { needYou, onTheWay, offlineCount, retrying, safe, totalBytes, confirmedBytes } = sums;
  const kind =
    needYou > 0
      ? "error"
      : offlineCount > 0
        ? "offline"
        : onTheWay > 0
          ? retrying === onTheWay
            ? "retrying"
            : "active"
          : safe > 0
            ? "safe"
            : "idle";
  const word = messages[kind];
  const text = typeof word === "string" ? word : word(sums, format);
  const calm = useCalm(text);
  return (
    <span className="hawser-indicator" data-kind={kind}>
      <svg viewBox="0 0 20 20" aria-hidden="true">
        <circle cx="10" cy="10" r="8" />
        <circle cx="10" cy="10" r="8" pathLength="1" strokeDasharray={`${confirmedBytes / (totalBytes || 1)} 1`} />
      </svg>
      <span aria-hidden="true">{text}</span>
      <span className="hawser-heard" role={kind === "error" ? "alert" : "status"}>
        {kind === "error" ? text : calm}
      </span>
    </span>
  );
}

/** The newest text, renewed seldom; what is there at first is not announced. */
function useCalm(text: string): string {
  const [calm, setCalm] = useState(text);
  const latest = useRef(text);
  useEffect(() => {
    latest.current = text;
  });
  useEffect(() => {
    const timer = setInterval(() => setCalm(latest.current), announceMs);
    return () => clearInterval(timer);
  }, []);
  return calm;
}

/** One upload in a word: how far it is, or what it waits for. Nothing when there is no upload with this id. */
export function ProgressBadge({ id }: { readonly id: string }) {
  const words = useWords();
  const state = useUpload(id)?.state;
  const nowMs = useNow(state?.status === "waiting");
  if (state === undefined) return null;
  return (
    <span className="hawser-badge" data-standing={meaningOf(state).standing}>
      {describe(state, words, nowMs)[0]}
    </span>
  );
}

export interface RetryFailedProps {
  /** Among which uploads. Default: all. Keep it the same function. */
  readonly filter?: (state: UploadState) => boolean;
}

/** Gives new attempts to all that were given up; nothing while there are none. */
export function RetryFailed({ filter = isRetryable }: RetryFailedProps) {
  const [messages] = useWords();
  const { retryFailed } = useQueue();
  const count = useUploads(useCallback((states) => tally(states.filter(filter)).retryable, [filter]));
  if (count === 0) return null;
  return (
    <Button kind="act" onClick={() => retryFailed(filter)}>
      {messages.retryFailed(count)}
    </Button>
  );
}
