import { HawserError, type Match, type Source } from "@hawser/client";
import { useCallback, useEffect, useState } from "react";
import { useProvided } from "../state/context.ts";

/** The search for uploads that were begun with a source. */
export interface Matches {
  /** `idle`: there is no source. */
  readonly status: "idle" | "searching" | "found" | "failed";
  /** Best evidence first; those of the last search that ended. `match.resume()` goes on with one. */
  readonly matches: readonly Match[];
  /** Why the search failed; else null. */
  readonly error: HawserError | null;
  /** Whether a hash of the whole content was compared. */
  readonly isFull: boolean;
  /** Searches again; `full` compares a hash of the whole content, which reads all of it. */
  readonly search: (full?: boolean) => void;
}

interface Found extends Omit<Matches, "search"> {
  readonly source: Source | null;
}

/** Asks which unfinished uploads may be `source`; another source, or leaving the page, ends the search. */
export function useMatches(source: Source | null): Matches {
  const { uploader } = useProvided().store;
  const [wanted, setWanted] = useState({ full: false });
  const [found, setFound] = useState<Found>({ source: null, status: "idle", matches: [], error: null, isFull: false });
  useEffect(() => {
    if (source === null || uploader === null) return;
    const ending = new AbortController();
    const { signal } = ending;
    const { full } = wanted;
    const show = (change: (before: Found) => Partial<Found>) => {
      if (!signal.aborted) setFound((before) => ({ ...before, source, error: null, ...change(before) }));
    };
    // Whoever searches the same source again keeps what is known until the new answer.
    show((before) => ({ status: "searching", matches: before.source === source ? before.matches : [] }));
    uploader.match(source, { full, signal }).then(
      (matches) => show(() => ({ status: "found", matches, isFull: full })),
      (thrown) => show(() => ({ status: "failed", error: HawserError.from(thrown) })),
    );
    return () => ending.abort();
  }, [source, uploader, wanted]);
  const search = useCallback((full = false) => setWanted({ full }), []);
  const nothing = { status: source === null ? "idle" : "searching", matches: [], error: null, isFull: false } as const;
  return { ...(found.source === source ? found : nothing), search };
}
