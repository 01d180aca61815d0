import { createUploader, type Journal, type JournalRecord, type Uploader } from "@hawser/client";
import { type CommandInput, exitCodes } from "../command.ts";
import { oneShotBytes, owing } from "./owed.ts";
import { createJsonReport, type PushReport } from "./report.ts";
import { TextReport } from "./text-report.ts";
import { PushWatch } from "./watch.ts";

/** What a push works with while it runs. */
export interface Carriage {
  readonly uploader: Uploader;
  readonly watch: PushWatch;
  readonly report: PushReport;
}

const pauseKeys = [" ", "p"];
/** First and longest delay between attempts. */
const [baseDelayMs, maxDelayMs] = [250, 10_000];

/**
 * Runs the engine with what `records` owe and what `feed` adds, until all has ended or the push was ended early.
 * @returns the exit code for all of it
 */
export async function carry(
  input: CommandInput,
  journal: Journal,
  records: readonly JournalRecord[],
  feed: (carriage: Carriage) => Promise<void>,
): Promise<number> {
  const { values, output, timing, signal, keyboard } = input;
  const uploader = createUploader({
    endpoint: values.server.href,
    journal: owing(journal, records),
    maxLanes: values.lanes,
    maxActive: values.active,
    oneShotBytes,
    baseDelayMs,
    maxDelayMs,
    // Attempts cost nothing here: what is limited is the time without progress.
    maxAttempts: Number.MAX_SAFE_INTEGER,
  });
  const hasKeys = keyboard !== undefined && output.terminal !== undefined;
  const speed = () => uploader.summary().bytesPerSecond;
  const report = output.json ? createJsonReport(output) : new TextReport({ output, timing, hasKeys, speed });
  const watch = new PushWatch({ uploader, report, timing, giveUpMs: values.giveUp, signal, server: values.server });
  const stopListening = hasKeys ? keyboard.listen((key) => press(key, watch)) : undefined;
  try {
    return combineExitCodes(await watch.untilEnded(feed({ uploader, watch, report })));
  } finally {
    stopListening?.();
    report.end();
    await uploader.close();
  }
}

function press(key: string, watch: PushWatch): void {
  if (pauseKeys.includes(key)) watch.togglePause();
  if (key === "q") watch.quit();
}

/** One code for several files: what all have in common, else that some failed. */
function combineExitCodes(codes: readonly number[]): number {
  if (codes.includes(exitCodes.interrupted)) return exitCodes.interrupted;
  const [first = exitCodes.done, ...others] = new Set(codes);
  if (others.length === 0) return first;
  return codes.includes(exitCodes.done) ? exitCodes.someFailed : exitCodes.failed;
}
