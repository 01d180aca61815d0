import type { File } from "@hawser/protocol";
import { type CommandInput, exitCodes } from "../command.ts";
import { LiveArea } from "../live-area.ts";
import type { Output } from "../output.ts";
import { renderProgress, SpeedMeter } from "../progress.ts";
import { Download, type DownloadContext } from "../pull/download.ts";
import { PartFile, StdoutSink } from "../pull/sink.ts";
import { ensureFree, publish, resolveTarget } from "../pull/target.ts";
import type { Api } from "../remote/api.ts";
import { printable } from "../text.ts";
import { formatCountdown, formatSize, RefusedError, UsageError } from "../values.ts";
import { readId, withServer } from "./ask.ts";

/** Downloads a file and gives it its name only when its digest is proven. */
export async function run(input: CommandInput): Promise<number> {
  const id = readId(input);
  await withServer(input, async (api) => {
    const upload = await api.upload(id, input.signal);
    if (upload.file === undefined) {
      throw new RefusedError(`The upload is ${upload.state}; there is no file to download.`);
    }
    await pull(upload.file, api, input);
  });
  return exitCodes.done;
}

async function pull(file: File, api: Api, { values, output, timing, signal }: CommandInput): Promise<void> {
  const toStdout = values.output === "-";
  if (toStdout && values.json) throw new UsageError("--json and --output - both want stdout.");
  const target = toStdout ? "-" : await resolveTarget(values.output, file.filename, file.id);
  const force = values.force ?? false;
  if (!toStdout) await ensureFree(target, force);
  const line = new PullLine(file, output, timing.monotonic);
  const context = { api, timing, giveUpMs: values.giveUp, signal, ...line.watchers };
  const download = new Download(file, context, { withSha256: values.sha256 ?? false });
  const part = `${target}.part`;
  const sink = toStdout
    ? new StdoutSink(process.stdout)
    : await PartFile.open(part, () => publish(part, target, force));
  try {
    if (sink instanceof PartFile) await download.adopt(sink);
    const { sha256 } = await download.run(sink);
    await sink.finish();
    line.end();
    const { id, size, digest } = file;
    output.record({ event: "completed", id, path: target, sizeBytes: size, digest, ...(sha256 ? { sha256 } : {}) });
    const facts = [`  digest  ${digest}`, ...(sha256 === undefined ? [] : [`  sha256  ${sha256}`])];
    const text = [`Whole: ${printable(target)}, ${formatSize(size)}`, ...facts].join("\n");
    if (toStdout) output.note(text);
    else output.result(text);
  } finally {
    line.end();
    await sink.close();
  }
}

/** The line that shows how far the download is. */
class PullLine {
  readonly watchers: Pick<DownloadContext, "onProgress" | "onWaiting">;
  readonly #live: LiveArea | undefined;

  constructor({ filename, size }: File, output: Output, now: () => number) {
    const name = printable(filename);
    const speed = new SpeedMeter();
    let doneBytes = 0;
    let sentence: (() => string) | undefined;
    this.watchers = {
      onProgress: (done, arrivedBytes) => {
        doneBytes = done;
        sentence = undefined;
        if (arrivedBytes > 0) speed.add(arrivedBytes, now());
      },
      onWaiting: (delayMs, { code, message }) => {
        const until = now() + delayMs;
        sentence = () => `Trying again in ${formatCountdown(until - now())}. ${message}`;
        if (this.#live === undefined) output.note(`${name}: ${message} Goes on by itself.`);
        output.record({ event: "waiting", delayMs, code, message });
      },
    };
    if (output.terminal === undefined) return;
    const { style } = output.terminal;
    this.#live = new LiveArea(output.terminal, (columns) => {
      const bytesPerSecond = speed.bytesPerSecond(now());
      // Green means durable on the server; here nothing is claimed but progress.
      const view = { name, sizeBytes: size, doneBytes, flyingBytes: 0, bytesPerSecond, sentence: sentence?.() };
      return [renderProgress(view, columns, { ...style, colour: false })];
    });
  }

  end(): void {
    this.#live?.end();
  }
}
