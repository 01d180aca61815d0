import { type ChangeEvent, type RefObject, useCallback, useRef } from "react";
import { chooseHandles } from "./file-handles.ts";
import { type Found, pickedByHandle, pickedFrom } from "./picked.ts";

/** The browser's own file dialogs, opened by buttons of the page. */
export interface Pickers {
  readonly openFiles: () => void;
  readonly openFolder: () => void;
  /** One file, for an upload that needs its bytes again. */
  readonly openOne: () => void;
  readonly inputs: readonly [files: Input, folder: Input, one: Input];
  readonly onFiles: (found: AsyncIterable<Found> | Iterable<Found>) => void;
  readonly onOne: (found: Found) => void;
}

type Input = RefObject<HTMLInputElement | null>;

/** @param onFiles told of what was chosen to be sent; `onOne` of the file for an upload that needs one */
export function usePickers(onFiles: Pickers["onFiles"], onOne: Pickers["onOne"]): Pickers {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const one = useRef<HTMLInputElement>(null);
  return {
    openFiles: () =>
      void chooseHandles(true).then((handles) => {
        if (handles === null) files.current?.click();
        else if (handles.length > 0) onFiles(pickedByHandle(handles));
      }),
    openFolder: useCallback(() => folder.current?.click(), []),
    openOne: () =>
      void chooseHandles(false).then(async (handles) => {
        if (handles === null) one.current?.click();
        else for await (const found of pickedByHandle(handles)) onOne(found);
      }),
    inputs: [files, folder, one],
    onFiles,
    onOne,
  };
}

export function PickerInputs({ pickers }: { pickers: Pickers }) {
  const [files, folder, one] = pickers.inputs;
  const take = (event: ChangeEvent<HTMLInputElement>) => {
    const picked = pickedFrom(event.target.files ?? []);
    // So that the same file can be chosen again.
    event.target.value = "";
    if (picked.length > 0) pickers.onFiles(picked);
  };
  const takeOne = (event: ChangeEvent<HTMLInputElement>) => {
    const [picked] = pickedFrom(event.target.files ?? []);
    event.target.value = "";
    if (picked !== undefined) pickers.onOne(picked);
  };
  return (
    <div hidden>
      <input ref={files} type="file" multiple data-picker="files" onChange={take} />
      <input ref={(input) => asFolderInput(input, folder)} type="file" multiple data-picker="folder" onChange={take} />
      <input ref={one} type="file" data-picker="one" onChange={takeOne} />
    </div>
  );
}

/** React has no attribute for it. */
function asFolderInput(input: HTMLInputElement | null, ref: Input): void {
  if (input !== null) input.webkitdirectory = true;
  ref.current = input;
}
