import type { Match } from "@hawser/client";
import type { Keyboard } from "../keyboard.ts";
import type { Terminal } from "../output.ts";
import { printable, wrap } from "../text.ts";
import { formatPercent, formatSize, formatTime } from "../values.ts";
import type { LocalFile } from "./subject.ts";

/** Who can be asked. */
export interface Person {
  readonly terminal: Terminal;
  readonly keyboard: Keyboard;
}

/** Answers by number have one digit. */
const maxChoices = 9;

/**
 * Asks whether one of `matches` is the file, and which.
 * @returns the match to go on with; null to start anew; "quit" when the person wants to end it all
 * @throws the signal's reason
 */
export async function askWhich(
  { relativePath, filename }: LocalFile,
  matches: readonly Match[],
  { terminal, keyboard }: Person,
  signal: AbortSignal,
): Promise<Answer> {
  const shown = matches.slice(0, maxChoices);
  const columns = Math.max(20, terminal.columns - 1);
  terminal.write(`${describeQuestion(printable(relativePath ?? filename), shown, columns)} `);
  const answers = shown.length === 1 ? oneAnswer(shown) : manyAnswers(shown);
  const key = await readKey(keyboard, (pressed) => answers.has(pressed), signal).catch((error: unknown) => {
    terminal.write("\n");
    throw error;
  });
  const answer = answers.get(key) ?? null;
  terminal.write(`${echoOf(answer, shown)}\n`);
  return answer;
}

type Answer = Match | null | "quit";
type Answers = ReadonlyMap<string, Answer>;

function oneAnswer([match]: readonly Match[]): Answers {
  const yes = ["y", "Y", "\r", "\n"].map((key) => [key, match as Match] as const);
  return new Map<string, Answer>([...yes, ["n", null], ["N", null], ["q", "quit"]]);
}

function manyAnswers(matches: readonly Match[]): Answers {
  const numbers = matches.map((match, index) => [`${index + 1}`, match] as const);
  return new Map<string, Answer>([...numbers, ["0", null], ["n", null], ["q", "quit"]]);
}

function echoOf(answer: Answer, matches: readonly Match[]): string {
  if (answer === "quit") return "stop";
  if (answer === null) return "anew";
  return matches.length === 1 ? "yes" : `${matches.indexOf(answer) + 1}`;
}

function describeQuestion(name: string, matches: readonly Match[], columns: number): string {
  const [first] = matches;
  if (matches.length === 1 && first !== undefined) {
    const known = `${name}: the server has ${amountOf(first)} of a file with this name and size. ${historyOf(first)}.`;
    return `${wrap(known, columns)}\n${wrap("Go on with it? [Y/n, q stops]", columns)}`;
  }
  const intro = `${name}: the server has parts of ${matches.length} files with this name and size.`;
  const rows = matches.map((match, index) => `  ${index + 1}  ${amountOf(match)}. ${historyOf(match)}.`);
  return [
    wrap(intro, columns),
    ...rows.map((row) => indent(row, columns)),
    "  0  none of them: start anew",
    `Which one? [1-${matches.length}, 0, q stops]`,
  ].join("\n");
}

/** A numbered row; what does not fit goes on below its text. */
function indent(row: string, columns: number): string {
  const [head, text] = [row.slice(0, 5), row.slice(5)];
  return head + wrap(text, columns - head.length).replaceAll("\n", `\n${" ".repeat(head.length)}`);
}

function amountOf({ candidate: { receivedBytes, size } }: Match): string {
  return size === null
    ? formatSize(receivedBytes)
    : `${formatPercent(receivedBytes, size)} (${formatSize(receivedBytes)})`;
}

function historyOf({ candidate: { createdAt, lastModified }, evidence }: Match): string {
  const time = evidence === "time" ? "the same" : lastModified === undefined ? "not known" : "another one";
  return `Its modified time is ${time}; it was begun ${formatTime(createdAt)}`;
}

async function readKey(keyboard: Keyboard, isAnswer: (key: string) => boolean, signal: AbortSignal): Promise<string> {
  const answer = Promise.withResolvers<string>();
  const abort = () => answer.reject(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener("abort", abort, { once: true });
  const stop = keyboard.listen((key) => {
    if (isAnswer(key)) answer.resolve(key);
  });
  try {
    return await answer.promise;
  } finally {
    stop();
    signal.removeEventListener("abort", abort);
  }
}
