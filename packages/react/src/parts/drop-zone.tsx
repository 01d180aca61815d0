import type { ReactNode } from "react";
import { type DropZoneOptions, useDropZone } from "../hooks/use-drop-zone.ts";
import { useWords } from "../words/use-words.ts";
import { Button } from "./button.tsx";

export interface DropZoneProps extends DropZoneOptions {
  /** Whether whole folders may be chosen too. Default: true. */
  readonly hasFolders?: boolean;
  /** In place of the invitation. */
  readonly children?: ReactNode;
}

/** Takes files and folders by drop, paste and dialog. */
export function DropZone({ hasFolders = true, children, ...options }: DropZoneProps) {
  const [messages, format] = useWords();
  const { getRootProps, open, adding, unreadable } = useDropZone(options);
  return (
    <div className="hawser-drop" {...getRootProps()}>
      <p className="hawser-drop-title">{children ?? messages.drop}</p>
      <div className="hawser-drop-actions">
        <Button kind="act" onClick={open}>
          {messages.chooseFiles}
        </Button>
        {hasFolders && <Button onClick={() => open({ isFolder: true })}>{messages.chooseFolder}</Button>}
      </div>
      <p className="hawser-note" role="status">
        {adding !== null && messages.adding(adding, format)} {unreadable > 0 && messages.unreadable(unreadable, format)}
      </p>
    </div>
  );
}
