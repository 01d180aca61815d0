import { watch } from "@hawser/client/live";
import { HawserError, isErrorCode, type LiveMessage, type Subject } from "@hawser/protocol";
import { type CommandInput, exitCodes } from "../command.ts";
import { createJsonWatch, TextWatch, type WatchReport } from "../watch/report.ts";
import { hasEnded } from "../watch/roster.ts";
import { readId } from "./ask.ts";

/** Shows what happens to all uploads, or to one of them until it has ended. */
export async function run(input: CommandInput): Promise<number> {
  const { positionals, values, output, timing, signal } = input;
  const subject: Subject = positionals.length === 0 ? "uploads" : `upload:${readId(input)}`;
  const report = output.json ? createJsonWatch(output) : new TextWatch(output, () => timing.monotonic());
  try {
    return await follow(subject, values.server.href, report, signal);
  } finally {
    report.end();
  }
}

/** @returns the exit code */
async function follow(subject: Subject, endpoint: string, report: WatchReport, signal: AbortSignal): Promise<number> {
  const ended = new AbortController();
  let exitCode: number | undefined;
  let refusal: HawserError | undefined;
  const end = (why: { exitCode?: number; refusal?: HawserError }) => {
    exitCode ??= why.exitCode;
    refusal ??= why.refusal;
    ended.abort();
  };
  await watch({
    endpoint,
    subjects: [subject],
    signal: AbortSignal.any([signal, ended.signal]),
    onMessage: (message) => {
      if (ended.signal.aborted) return;
      report.hear(message);
      if (message.type === "refused") end({ refusal: refusalOf(message.problem) });
      const isSafe = subject === "uploads" ? undefined : endOf(message);
      if (isSafe !== undefined) end({ exitCode: isSafe ? exitCodes.done : exitCodes.failed });
    },
    onStanding: (standing) => {
      if (ended.signal.aborted) return;
      // A line comes back by itself, but not leave to use it, nor another server at this address.
      if (standing.status === "connecting" && standing.cause !== null && !isPassing(standing.cause)) {
        end({ refusal: standing.cause });
      } else report.stand(standing);
    },
  });
  if (refusal !== undefined) throw refusal;
  return exitCode ?? exitCodes.interrupted;
}

const isPassing = ({ retry }: HawserError): boolean => retry === "retry";

/** Whether the upload that is told of has ended as a file; undefined while it has not ended. */
function endOf(message: LiveMessage): boolean | undefined {
  const uploads =
    message.type === "events"
      ? message.events.flatMap((event) => ("upload" in event ? [event.upload] : []))
      : message.type === "uploads"
        ? message.uploads
        : [];
  const last = uploads.findLast(hasEnded);
  return last === undefined ? undefined : last.state === "completed" && last.deletedAt === undefined;
}

function refusalOf({ code, title, detail }: Extract<LiveMessage, { type: "refused" }>["problem"]): HawserError {
  return isErrorCode(code) ? new HawserError(code) : new HawserError("internal", { detail: detail ?? title });
}
