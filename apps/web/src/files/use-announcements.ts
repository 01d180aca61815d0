import type { UploadState } from "@hawser/client";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Clock } from "../engine/clock.ts";
import type { Remote } from "../engine/remotes.ts";
import { Announcer } from "./announcer.ts";

export interface Announcements {
  readonly polite: string;
  readonly assertive: string;
  /** Says something at once, politely: the answer to what the person did. */
  readonly say: (sentence: string) => void;
}

export function useAnnouncements(
  states: readonly UploadState[],
  remotes: readonly Remote[],
  clock: Clock,
): Announcements {
  const announcer = useRef<Announcer>(null);
  const [polite, say] = useState("");
  const [assertive, interrupt] = useState("");
  const speak = useCallback((sentence: string) => say(sentence), []);
  useEffect(() => {
    announcer.current ??= new Announcer();
    const current = announcer.current;
    current.note(states, remotes);
    const dueMs = current.dueInMs(clock.now());
    if (dueMs === null) return;
    const timer = setTimeout(() => {
      const said = current.take(clock.now());
      if (said.polite !== null) say(said.polite);
      if (said.assertive !== null) interrupt(said.assertive);
    }, dueMs);
    return () => clearTimeout(timer);
  }, [states, remotes, clock]);
  return { polite, assertive, say: speak };
}
