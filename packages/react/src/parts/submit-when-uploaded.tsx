import type { UploadState } from "@hawser/client";
import { type ReactNode, useCallback, useEffect, useId, useRef } from "react";
import { useUploads } from "../hooks/uploads.ts";
import { useQueue } from "../hooks/use-queue.ts";
import { tally, useWords } from "../words/use-words.ts";
import { Button } from "./button.tsx";
import { RetryFailed } from "./indicators.tsx";

export interface SubmitWhenUploadedProps {
  /** What it is called: "Submit", "Publish", "Finish". */
  readonly children?: ReactNode;
  /** Told once everything is safe and the button was pressed. */
  readonly onSubmit: () => void;
  /** Which uploads it waits for. Default: all. Keep it the same function. */
  readonly filter?: (state: UploadState) => boolean;
  /** Presses itself as soon as everything is safe. Default: false. */
  readonly isAutomatic?: boolean;
  /** Goes on without what could not be sent; ask before you do. Default: not offered. */
  readonly onSubmitWithout?: () => void;
}

const every = () => true;

/** A button that waits until everything is safe on the server, can be reached meanwhile, and says what it waits for. */
export function SubmitWhenUploaded(props: SubmitWhenUploadedProps) {
  const { children, onSubmit, filter = every, isAutomatic = false, onSubmitWithout } = props;
  const [messages, format] = useWords();
  const sums = useUploads(useCallback((states) => tally(states.filter(filter)), [filter]));
  const id = useId();
  const isReady = useQueue().isReady && sums.safe === sums.total;
  const { needYou, onTheWay, timeLeftMs } = sums;
  const submit = useRef(onSubmit);
  useEffect(() => {
    submit.current = onSubmit;
  });
  const hasWaited = useRef(false);
  useEffect(() => {
    if (!isReady) hasWaited.current = true;
    else if (isAutomatic && hasWaited.current) {
      hasWaited.current = false;
      submit.current();
    }
  }, [isReady, isAutomatic]);
  return (
    <div className="hawser-submit">
      <button
        type="button"
        className="hawser-button"
        data-kind="act"
        aria-disabled={!isReady}
        aria-describedby={isReady ? undefined : id}
        onClick={() => isReady && onSubmit()}
      >
        {children}
      </button>
      {!isReady && (
        <p id={id} className="hawser-why" data-stopped={needYou > 0}>
          {needYou > 0 && `${messages.stopped(sums, format)}. `}
          {onTheWay > 0 &&
            `${messages.waits(sums, timeLeftMs === null ? "" : format.time(timeLeftMs), isAutomatic && !needYou, format)}.`}
        </p>
      )}
      <RetryFailed filter={filter} />
      {needYou > 0 && onTheWay === 0 && onSubmitWithout && (
        <Button kind="quiet" onClick={onSubmitWithout}>
          {messages.without(sums, format)}
        </Button>
      )}
    </div>
  );
}
