import { Readable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { readArguments } from "../src/arguments.ts";
import type { CommandInput } from "../src/command.ts";
import { commands } from "../src/command-table.ts";
import type { Keyboard } from "../src/keyboard.ts";
import { nodeTiming } from "../src/timing.ts";

/** A person in front of a terminal of 80 columns, who reads what stands there and presses keys. */
export class FakePerson {
  /** All that was ever written to the terminal, without colours and movements. */
  screen = "";
  readonly results: string[] = [];
  readonly #listeners: ((key: string) => void)[] = [];
  readonly #watchers = new Set<() => void>();

  press(key: string): void {
    this.#listeners.at(-1)?.(key);
  }

  /** Resolves when `text` stands on the screen, below what was there when it was last asked for. */
  async sees(text: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if (this.screen.includes(text)) resolve();
    };
    this.#watchers.add(look);
    look();
    await promise;
    this.#watchers.delete(look);
    this.screen = this.screen.slice(this.screen.indexOf(text) + text.length);
  }

  /** Runs a command of the program in this process. */
  async runs(name: string, args: readonly string[], signal = new AbortController().signal): Promise<number> {
    const command = commands[name];
    if (command === undefined) throw new Error(`no command ${name}`);
    const { values, positionals } = readArguments(args, command.options, {});
    const { run } = await command.load();
    return run({ values, positionals, signal, ...this.#senses() });
  }

  #senses(): Pick<CommandInput, "output" | "keyboard" | "stdin" | "timing"> {
    const write = (text: string) => this.#write(text);
    const keyboard: Keyboard = {
      listen: (listener) => {
        this.#listeners.push(listener);
        return () => void this.#listeners.splice(this.#listeners.indexOf(listener), 1);
      },
      close: () => {},
    };
    return {
      output: {
        result: (text) => {
          this.results.push(text);
          write(`${text}\n`);
        },
        record: () => {},
        note: (text) => write(`${text}\n`),
        problem: (text) => write(`${text}\n`),
        terminal: { columns: 80, rows: 24, style: { colour: false, unicode: true }, write },
        columns: 80,
        json: false,
        quiet: false,
      },
      keyboard,
      stdin: Readable.from([]),
      timing: nodeTiming,
    };
  }

  #write(text: string): void {
    this.screen += stripVTControlCharacters(text);
    for (const watcher of this.#watchers) watcher();
  }
}
