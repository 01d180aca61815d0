import type { Uploader, UploadState } from "@hawser/client";
import { useMemo, useState } from "react";
import { type Returned, returnedOf } from "./return-view.ts";

export interface Return {
  /** What the banner tells; null while there is nothing to tell. */
  readonly returned: Returned | null;
  readonly resume: () => void;
  readonly dismiss: () => void;
}

/**
 * What was left of an earlier life, until the person has answered.
 * @param reopen lets the browser read an upload's file again; to be called within the click
 */
export function useReturn(uploader: Uploader, states: readonly UploadState[], reopen: (id: string) => void): Return {
  const [isAnswered, setAnswered] = useState(false);
  const returned = useMemo(() => returnedOf(states), [states]);
  const hasAny = returned.byItself.length + returned.resumable.length + returned.lacking.length > 0;
  return {
    // What could not be resumed after all still waits for its click.
    returned: hasAny && (returned.resumable.length > 0 || !isAnswered) ? returned : null,
    resume: () => {
      setAnswered(true);
      for (const { id, status } of returned.resumable) {
        if (status === "needs-source") reopen(id);
        else uploader.uploads.find((upload) => upload.id === id)?.resume();
      }
    },
    dismiss: () => setAnswered(true),
  };
}
