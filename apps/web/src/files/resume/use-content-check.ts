import type { Match, Source, Uploader } from "@hawser/client";
import { useEffect, useRef, useState } from "react";
import { percentOf } from "../figures.ts";
import { countedSource } from "./counted-source.ts";

/** Reads the file once to find out by its content which upload it is. */
export interface ContentCheck {
  /** How much of the file was read; null while nothing is checked. */
  readonly percent: number | null;
  readonly hasFailed: boolean;
  /** What it found out when that does not decide: several have this content, or none has a hash. */
  readonly outcome: "alike" | "unknown" | null;
  readonly begin: () => void;
  readonly stop: () => void;
}

interface Found {
  /** The one that has the content. */
  readonly onOne: (match: Match) => void;
  /** Not one of them has it. */
  readonly onNone: () => void;
  /** Those that are left to choose from. */
  readonly onSome: (matches: readonly Match[]) => void;
}

export function useContentCheck(
  uploader: Uploader,
  source: Source,
  known: readonly Match[],
  found: Found,
): ContentCheck {
  const [percent, setPercent] = useState<number | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const [outcome, setOutcome] = useState<ContentCheck["outcome"]>(null);
  const running = useRef<AbortController>(null);
  useEffect(() => () => running.current?.abort(), []);

  const settle = (matches: readonly Match[]) => {
    const left = withHands(known, matches);
    const same = left.filter(({ evidence }) => evidence === "content");
    const [first] = same;
    if (first !== undefined && same.length === 1) return found.onOne(first);
    if (left.length === 0) return found.onNone();
    setOutcome(same.length > 1 ? "alike" : "unknown");
    found.onSome(same.length > 1 ? same : left);
  };

  const begin = () => {
    const controller = new AbortController();
    running.current = controller;
    setFailed(false);
    setPercent(0);
    let readBytes = 0;
    const counted = countedSource(source, (bytes) => {
      readBytes += bytes;
      if (!controller.signal.aborted) setPercent(percentOf(readBytes, source.facts.sizeBytes));
    });
    uploader
      .match(counted, { full: true, maxAttempts: 2, signal: controller.signal })
      .then(
        (matches) => !controller.signal.aborted && settle(matches),
        () => !controller.signal.aborted && setFailed(true),
      )
      .finally(() => running.current === controller && setPercent(null));
  };

  const stop = () => {
    running.current?.abort();
    setPercent(null);
  };

  return { percent, hasFailed, outcome, begin, stop };
}

/** What is known now of those that were asked for; they go on with the source that they were found for. */
function withHands(known: readonly Match[], checked: readonly Match[]): readonly Match[] {
  return known.flatMap((match) => {
    const now = checked.find(({ candidate }) => candidate.id === match.candidate.id);
    return now === undefined ? [] : [{ ...match, candidate: now.candidate, evidence: now.evidence }];
  });
}
