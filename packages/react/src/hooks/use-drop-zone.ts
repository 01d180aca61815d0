import type { AddOptions, Source, UploadHandle } from "@hawser/client";
import { useCallback, useEffect, useRef, useState } from "react";
import { useProvided } from "../state/context.ts";
import type { Found, FoundFile, PickOptions, Taken } from "./found-files.ts";
import { loadAdding } from "./load-adding.ts";

export interface DropZoneOptions {
  /** Takes what is dropped or pasted anywhere on the page, not only on the zone. Default: false. */
  readonly isPage?: boolean;
  /** Default: true. */
  readonly isMultiple?: boolean;
  /** What the dialog offers, as of `<input type="file">`. Default: everything. */
  readonly accept?: string;
  /** Options of a file's upload; null leaves the file out. */
  readonly toOptions?: (found: FoundFile) => AddOptions | null;
  /** Where a file's bytes come from. Default: `blobSource` under the file's name with its path. */
  readonly toSource?: (found: FoundFile) => Source | Promise<Source>;
  /** Told after each lot. */
  readonly onAdded?: (handles: readonly UploadHandle[]) => void;
}

/** How far it is with what was given. */
export interface Adding {
  /** How many files of the lots that are being added were added so far; null while nothing is. */
  readonly adding: number | null;
  /** Files and folders of the last lot that could not be read and were left out. */
  readonly unreadable: number;
}

export interface DropZoneState extends Adding {
  /** Whether files hover over it. */
  readonly isOver: boolean;
  /** Adds files that came another way. */
  readonly add: (files: Iterable<File>) => void;
  /** Opens the browser's own dialog: call it from a click. */
  readonly open: (options?: Pick<PickOptions, "isFolder">) => void;
  /** For the element of the zone. */
  readonly getRootProps: () => { readonly ref: (element: HTMLElement | null) => void; readonly "data-over": boolean };
  /** For a button that opens the dialog; the keyboard's way in. */
  readonly getButtonProps: (options?: Pick<PickOptions, "isFolder">) => {
    readonly type: "button";
    readonly onClick: () => void;
  };
}

type AddingCode = typeof import("./adding.ts");
type Given = AsyncIterable<Found> | Promise<AsyncIterable<Found>>;

/** Takes files by drop, paste and dialog, folders with all that is in them, and adds them as uploads. */
export function useDropZone(options: DropZoneOptions = {}): DropZoneState {
  const { uploader } = useProvided().store;
  const [element, setElement] = useState<HTMLElement | null>(null);
  const [isOver, setOver] = useState(false);
  const [adding, setAdding] = useState<Adding>({ adding: null, unreadable: 0 });
  const latest = useRef({ uploader, options });
  useEffect(() => {
    latest.current = { uploader, options };
  });
  useEffect(() => void loadAdding().catch(() => undefined), []);

  /** @param count how many things are lost when they cannot be read, for want of the code to do it */
  const take = useCallback((open: (code: AddingCode) => Given, count: number) => {
    const { uploader, options } = latest.current;
    if (uploader === null) return;
    loadAdding()
      .then(async (code) => code.addAll(uploader, await open(code), options, setAdding))
      .catch((error) => {
        setAdding({ adding: null, unreadable: count });
        reportError(error);
      });
  }, []);

  const { isPage = false } = options;
  useEffect(() => {
    const target: EventTarget | null = isPage ? window : element;
    if (target === null || uploader === null) return;
    const ending = new AbortController();
    const listen = (types: string, listener: (event: DragEvent & ClipboardEvent) => void) => {
      for (const type of types.split(" ")) {
        target.addEventListener(type, listener as (event: Event) => void, { signal: ending.signal });
      }
    };
    listen("dragenter dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      setOver(true);
    });
    listen("dragleave", ({ relatedTarget }) => {
      // Into something inside it is no leaving; out of the window there is no target.
      if (!(isPage ? relatedTarget : element?.contains(relatedTarget as Node | null))) setOver(false);
    });
    listen("drop paste", (event) => {
      setOver(false);
      const taken = takeItems((event.dataTransfer ?? event.clipboardData)?.items ?? []);
      if (taken.length === 0) return;
      event.preventDefault();
      take(({ filesTaken }) => filesTaken(taken), taken.length);
    });
    return () => ending.abort();
  }, [element, isPage, uploader, take]);

  const open = useCallback(
    ({ isFolder = false }: Pick<PickOptions, "isFolder"> = {}) => {
      const { accept, isMultiple = true } = latest.current.options;
      take(({ pickFiles }) => pickFiles({ isFolder, isMultiple, accept }), 0);
    },
    [take],
  );
  return {
    isOver,
    ...adding,
    add: useCallback((files: Iterable<File>) => take(({ filesIn }) => filesIn(files), [...files].length), [take]),
    open,
    getRootProps: () => ({ ref: setElement, "data-over": isOver }),
    getButtonProps: (pick) => ({ type: "button", onClick: () => open(pick) }),
  };
}

/** In the event's own turn: afterwards the browser has emptied the transfer. */
function takeItems(items: Iterable<DataTransferItem>): Taken[] {
  return Array.from(items)
    .filter(({ kind }) => kind === "file")
    .map((item) => [item.getAsFileSystemHandle?.(), item.webkitGetAsEntry(), item.getAsFile()]);
}
