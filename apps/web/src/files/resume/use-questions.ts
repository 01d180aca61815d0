import type { Match, Source } from "@hawser/client";
import { useCallback, useMemo, useState } from "react";
import type { Picked } from "../picked.ts";

/** A file that may continue one of these uploads; the person says which, if any. */
export interface Question {
  /** Tells it from all others. */
  readonly id: number;
  readonly picked: Picked;
  readonly source: Source;
  readonly matches: readonly Match[];
}

export interface Questions {
  /** The one to be asked now. */
  readonly current: Question | null;
  /** How many come after it. */
  readonly more: number;
  /** Puts it last in line; resolves once there is room for another one. */
  readonly ask: (question: Omit<Question, "id">) => Promise<void>;
  /** Takes the current one off the line. */
  readonly done: () => void;
}

/** Questions that may wait at once; whoever has more waits with the next file. */
const mostWaiting = 50;

export function useQuestions(): Questions {
  const [line, setLine] = useState<readonly Question[]>([]);
  const room = useMemo(() => new Room(), []);
  const ask = useCallback(
    (question: Omit<Question, "id">) => {
      room.asked++;
      const id = room.asked;
      setLine((before) => [...before, { ...question, id }]);
      return room.enter();
    },
    [room],
  );
  const done = useCallback(() => {
    setLine((before) => before.slice(1));
    room.leave();
  }, [room]);
  return { current: line[0] ?? null, more: Math.max(0, line.length - 1), ask, done };
}

class Room {
  /** How many were asked in all. */
  asked = 0;
  #count = 0;
  #outside: (() => void)[] = [];

  enter(): Promise<void> {
    this.#count++;
    if (this.#count <= mostWaiting) return Promise.resolve();
    return new Promise((resolve) => this.#outside.push(resolve));
  }

  leave(): void {
    this.#count--;
    this.#outside.shift()?.();
  }
}
