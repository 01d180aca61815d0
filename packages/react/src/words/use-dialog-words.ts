import { type DialogMessages, englishDialogs } from "./dialog-messages.ts";
import type { Format } from "./format.ts";
import type { Messages } from "./messages.ts";
import { useWords } from "./use-words.ts";

export interface DialogFormat extends Format {
  /** `14 June at 09:12` */
  readonly moment: (at: string) => string;
}

export type DialogWords = readonly [messages: Messages & DialogMessages, format: DialogFormat];

const style = { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" } as const;

export function useDialogWords(): DialogWords {
  const [messages, format] = useWords();
  const moment = (at: string) => new Date(at).toLocaleString(messages.locale, style);
  return [
    { ...englishDialogs, ...messages },
    { ...format, moment },
  ];
}
