import type { UploadHandle } from "@hawser/client";
import { HawserError } from "@hawser/protocol";
import { useCallback, useEffect, useRef, useState } from "react";
import type { World } from "../engine/world.ts";
import type { Found } from "./picked.ts";
import type { FileIntake } from "./use-adding.ts";
import { words } from "./words/words.ts";

export interface SupplyParts {
  readonly intake: FileIntake;
  /** Lets the person choose one file; `takeChosen` gets it. */
  readonly openPicker: () => void;
  /** Whether all that is there is compared before anything is sent. */
  readonly compares: (id: string) => boolean;
}

export interface Supplying {
  /** What went wrong with what the person did, by upload. */
  readonly notes: ReadonlyMap<string, string>;
  /** Lets the person choose the file of an upload, or another one in its place (`isNew`). */
  readonly choose: (handle: UploadHandle, isNew: boolean) => void;
  /** The file that was picked for an upload that needs one. */
  readonly takeChosen: (found: Found) => void;
  /** Lets the browser read an upload's file again; to be called within a click. */
  readonly reopen: (id: string) => void;
}

/** Gives uploads their files again, by choosing or by asking the browser. */
export function useSupplying({ uploader, toSource }: World, parts: SupplyParts): Supplying {
  const { intake } = parts;
  const [notes, setNotes] = useState<ReadonlyMap<string, string>>(new Map());
  const choosing = useRef<{ readonly handle: UploadHandle; readonly isNew: boolean } | null>(null);
  const latest = useRef(parts);
  useEffect(() => {
    latest.current = parts;
  }, [parts]);

  const choose = useCallback((handle: UploadHandle, isNew: boolean) => {
    choosing.current = { handle, isNew };
    latest.current.openPicker();
  }, []);

  /** What was begun with a click goes on when it has its file, or the row says why not. */
  const follow = useCallback((handle: UploadHandle, supplying: Promise<void>) => {
    const note = (text: string | null) => setNotes((before) => withNote(before, handle.id, text));
    supplying.then(
      () => {
        note(null);
        handle.resume();
      },
      (error: unknown) => note(supplyWords(error)),
    );
  }, []);

  const reopen = useCallback(
    (id: string) => {
      const handle = uploader.uploads.find((upload) => upload.id === id);
      if (handle !== undefined) follow(handle, handle.reopen({ compareFirst: latest.current.compares(id) }));
    },
    [uploader, follow],
  );

  const takeChosen = (found: Found) => {
    const chosen = choosing.current;
    if (chosen === null) return;
    const { handle, isNew } = chosen;
    if (found === null) {
      setNotes((before) => withNote(before, handle.id, words.supply.unreadable));
    } else if (isNew) {
      uploader.forget(handle.id);
      intake.add(found);
    } else {
      const source = toSource(found.file, handle.state.name, found.handle);
      follow(handle, handle.supply(source, { compareFirst: parts.compares(handle.id) }));
    }
  };

  return { notes, choose, takeChosen, reopen };
}

function supplyWords(error: unknown): string {
  const { code } = HawserError.from(error);
  return code === "source_unreadable" ? words.supply.unreadable : words.supply.otherFile;
}

function withNote(notes: ReadonlyMap<string, string>, id: string, text: string | null): ReadonlyMap<string, string> {
  const next = new Map(notes);
  if (text === null) next.delete(id);
  else next.set(id, text);
  return next;
}
