import { readFileSync } from "node:fs";
import type { ReadStream } from "node:tty";

/** The keys of a terminal, each as it is pressed. */
export interface Keyboard {
  /** Calls `listener` with each key until the returned function is called. Of several, the last one hears it alone. */
  listen(listener: (key: string) => void): () => void;
  /** Gives the terminal back as it was. */
  close(): void;
}

const interruptKey = "\u0003";
const suspendKey = "\u001a";
const escape = "\u001b";

/**
 * The keyboard of a terminal that this program may read. Ctrl+C and Ctrl+Z do what they do everywhere.
 * @param interrupt called on Ctrl+C
 * @returns undefined when nobody can type: no terminal, or the program runs in the background
 */
export function openKeyboard(stdin: ReadStream, interrupt: () => void): Keyboard | undefined {
  if (stdin.isTTY !== true || !isForeground()) return undefined;
  const listeners: ((key: string) => void)[] = [];
  const press = (key: string) => {
    if (key === interruptKey) interrupt();
    else if (key === suspendKey) suspend(stdin);
    else listeners.at(-1)?.(key);
  };
  const read = (text: string) => {
    // What begins with an escape is one key (an arrow); everything else may have been typed fast.
    for (const key of text.startsWith(escape) ? [text] : text) press(key);
  };
  let isOpen = false;
  const open = () => {
    if (isOpen) return;
    isOpen = true;
    stdin.setRawMode(true);
    stdin.setEncoding("utf8").on("data", read).resume();
  };
  return {
    listen(listener) {
      const own = (key: string) => listener(key);
      listeners.push(own);
      open();
      return () => void listeners.splice(listeners.indexOf(own), 1);
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      stdin.off("data", read).pause();
      stdin.setRawMode(false);
    },
  };
}

/** Stops the whole job, as the terminal would; when it goes on in front, keys are read again. */
function suspend(stdin: ReadStream): void {
  stdin.setRawMode(false);
  process.once("SIGCONT", () => {
    if (isForeground()) stdin.setRawMode(true);
  });
  process.kill(0, "SIGTSTP");
}

/** A job in the background that changes its terminal's mode is stopped by the system. */
function isForeground(): boolean {
  if (process.platform !== "linux") return true;
  // proc(5): the fields after the name are state, ppid, pgrp, session, tty_nr, tpgid.
  const text = readFileSync("/proc/self/stat", "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields[2] === fields[5];
}
