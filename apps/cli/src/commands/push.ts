import type { File } from "@hawser/protocol";
import { type CommandInput, exitCodes } from "../command.ts";
import { describeFailure } from "../failures.ts";
import type { Report } from "../push/events.ts";
import { Journal } from "../push/journal.ts";
import { type PushContext, pushFile } from "../push/push-file.ts";
import { LaneBuffers } from "../push/send.ts";
import { Source } from "../push/source.ts";
import { Api } from "../remote/api.ts";
import { Remote } from "../remote/request.ts";
import { UsageError } from "../values.ts";
import { createPushReport } from "./push-report.ts";

/** Sends files one after another, each over all lanes. */
export async function run({ values, positionals, output, timing, signal }: CommandInput): Promise<number> {
  if (positionals.length === 0) throw new UsageError("push needs a file: hawser push FILE…");
  const remote = new Remote(values.server, values.lanes);
  const api = new Api(remote);
  const report = createPushReport(output, timing.monotonic);
  const shared = {
    api,
    server: remote.base.href,
    journal: new Journal(values.journal),
    timing,
    giveUpMs: values.giveUp,
    buffers: new LaneBuffers(values.lanes),
    signal,
  };
  const codes: number[] = [];
  try {
    for (const path of positionals) {
      codes.push(await pushOne(path, { ...shared, report: report.forFile(path) }));
      if (signal.aborted) break;
    }
  } finally {
    report.end();
    remote.close();
  }
  if (positionals.length > 1 && !signal.aborted) {
    const safe = codes.filter((code) => code === exitCodes.done).length;
    output.note(`${safe} of ${positionals.length} files are safe on the server.`);
  }
  return combineExitCodes(codes);
}

async function pushOne(path: string, context: PushContext): Promise<number> {
  const { report, api } = context;
  let source: Source | undefined;
  try {
    source = await Source.open(path);
    report({ event: "started", filename: source.filename, sizeBytes: source.sizeBytes });
    reportCompleted(await pushFile(source, context), api, report);
    return exitCodes.done;
  } catch (error) {
    const { code, message, exitCode } = describeFailure(error, path);
    if (source === undefined) report({ event: "started", filename: path, sizeBytes: 0 });
    report({ event: "failed", code, message, resumable: code === "gave_up" || code === "interrupted" });
    return exitCode;
  } finally {
    await source?.close();
  }
}

function reportCompleted(file: File, api: Api, report: Report): void {
  const { id, filename, size, digest } = file;
  report({ event: "completed", id, filename, sizeBytes: size, digest, url: api.fileUrl(file) });
}

/** One code for several files: what all have in common, else that some failed. */
export function combineExitCodes(codes: readonly number[]): number {
  if (codes.includes(exitCodes.interrupted)) return exitCodes.interrupted;
  const [first = exitCodes.done, ...others] = new Set(codes);
  if (others.length === 0) return first;
  return codes.includes(exitCodes.done) ? exitCodes.someFailed : exitCodes.failed;
}
