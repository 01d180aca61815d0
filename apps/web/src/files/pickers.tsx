import { type ChangeEvent, type RefObject, useCallback, useRef } from "react";
import { type Picked, pickedFrom } from "./picked.ts";

/** The browser's own file dialogs, opened by buttons of the page. */
export interface Pickers {
  readonly openFiles: () => void;
  readonly openFolder: () => void;
  /** One file, for an upload that needs its bytes again. */
  readonly openOne: () => void;
  readonly inputs: readonly [files: Input, folder: Input, one: Input];
}

type Input = RefObject<HTMLInputElement | null>;

export function usePickers(): Pickers {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const one = useRef<HTMLInputElement>(null);
  return {
    openFiles: useCallback(() => files.current?.click(), []),
    openFolder: useCallback(() => folder.current?.click(), []),
    openOne: useCallback(() => one.current?.click(), []),
    inputs: [files, folder, one],
  };
}

interface Props {
  readonly pickers: Pickers;
  readonly onPicked: (picked: readonly Picked[]) => void;
  readonly onOne: (file: File) => void;
}

export function PickerInputs({ pickers, onPicked, onOne }: Props) {
  const [files, folder, one] = pickers.inputs;
  const take = (event: ChangeEvent<HTMLInputElement>) => {
    const picked = pickedFrom(event.target.files ?? []);
    // So that the same file can be chosen again.
    event.target.value = "";
    if (picked.length > 0) onPicked(picked);
  };
  return (
    <div hidden>
      <input ref={files} type="file" multiple data-picker="files" onChange={take} />
      <input ref={(input) => asFolderInput(input, folder)} type="file" multiple data-picker="folder" onChange={take} />
      <input
        ref={one}
        type="file"
        data-picker="one"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file !== undefined) onOne(file);
          event.target.value = "";
        }}
      />
    </div>
  );
}

/** React has no attribute for it. */
function asFolderInput(input: HTMLInputElement | null, ref: Input): void {
  if (input !== null) input.webkitdirectory = true;
  ref.current = input;
}
