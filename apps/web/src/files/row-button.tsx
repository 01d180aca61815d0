import type { UploadState } from "@hawser/client";
import { Icon, type IconName } from "../design/icon.tsx";
import type { RowAction, RowView } from "./row-view.ts";
import { words } from "./words/words.ts";

interface Button {
  readonly label: string;
  readonly icon?: IconName;
  /** A button with a word; else an icon with a name. */
  readonly isWord?: boolean;
  readonly isFilled?: boolean;
}

const buttons: Readonly<Record<RowAction, Button>> = {
  pause: { label: words.actions.pause, icon: "pause" },
  resume: { label: words.actions.resume, icon: "play" },
  "try-now": { label: words.actions.tryNow, isWord: true },
  retry: { label: words.actions.retry, icon: "retry", isWord: true },
  reopen: { label: words.actions.resume, isWord: true },
  choose: { label: words.actions.choose, isWord: true, isFilled: true },
  "choose-new": { label: words.actions.chooseNew, isWord: true },
  "send-again": { label: words.actions.sendAgain, isWord: true },
  remove: { label: words.actions.remove, isWord: true },
};

interface Props {
  readonly state: UploadState;
  readonly view: RowView;
  readonly onAct: (id: string, action: RowAction | "cancel") => void;
}

/** The one thing that an upload offers right now; nothing where there is none. */
export function RowButton({ state, view, onAct }: Props) {
  const { action } = view;
  if (action === null) return null;
  const button = buttons[action];
  const name = `${button.label} ${state.name}`;
  return (
    <button
      type="button"
      className={button.isWord ? `btn btn-s${button.isFilled ? " btn-act" : ""}` : "ib"}
      aria-label={name}
      title={button.isWord ? undefined : name}
      onClick={() => onAct(state.id, action)}
    >
      {button.icon !== undefined && <Icon name={button.icon} />}
      {button.isWord && button.label}
    </button>
  );
}
