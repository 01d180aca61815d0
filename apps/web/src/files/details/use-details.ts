import type { Uploader, UploadState } from "@hawser/client";
import { useCallback, useState } from "react";
import { closeQuery, openQuery, useQuery } from "../../routes/location.ts";

export interface Details {
  /** The upload whose details are shown. */
  readonly shown: UploadState | null;
  readonly open: (id: string) => void;
  readonly close: () => void;
  /** What the person has put before the others in this life of the page. */
  readonly isFirst: (id: string) => boolean;
  readonly setFirst: (id: string, isFirst: boolean) => void;
  /** Whether all that is there is compared before anything is sent, once its file is there again. */
  readonly compares: (id: string) => boolean;
  readonly setCompares: (id: string, compares: boolean) => void;
}

const query = "details";

/** Which upload is looked at, kept in the address; and what was set for single uploads. */
export function useDetails(uploader: Uploader, states: readonly UploadState[]): Details {
  const id = useQuery(query);
  const [firsts, setFirsts] = useState<ReadonlySet<string>>(new Set());
  const [comparing, setComparing] = useState<ReadonlySet<string>>(new Set());
  return {
    shown: id === null ? null : (states.find((state) => state.id === id) ?? null),
    open: useCallback((wanted) => openQuery(query, wanted), []),
    close: useCallback(() => closeQuery(query), []),
    isFirst: (of) => firsts.has(of),
    setFirst: (of, isFirst) => {
      setFirsts((before) => withMember(before, of, isFirst));
      uploader.uploads.find((upload) => upload.id === of)?.setPriority(isFirst ? "high" : "normal");
    },
    compares: (of) => comparing.has(of),
    setCompares: (of, compares) => setComparing((before) => withMember(before, of, compares)),
  };
}

function withMember(set: ReadonlySet<string>, member: string, isIn: boolean): ReadonlySet<string> {
  const next = new Set(set);
  if (isIn) next.add(member);
  else next.delete(member);
  return next;
}
