import type { HawserError } from "@hawser/protocol";
import type { Model, UploadEvent } from "./state.ts";
import type { TraceEvent } from "./uploader-api.ts";

/** Events that come many times a second: the trace would hold nothing else. */
const frequentEvents: readonly UploadEvent["type"][] = ["confirmed", "preparing"];

/** What the trace keeps of an event, without names and content; null for one that it does not keep. */
export function describeEvent(event: UploadEvent, { status, attempt }: Model): TraceEvent["data"] | null {
  if (frequentEvents.includes(event.type)) return null;
  const { cause, error, reason, delayMs } = event as {
    cause?: HawserError | null;
    error?: HawserError;
    reason?: string;
    delayMs?: number;
  };
  const code = (cause ?? error)?.code;
  return {
    status,
    ...(attempt > 0 && { attempt }),
    ...(reason !== undefined && { reason }),
    ...(delayMs !== undefined && { delayMs }),
    ...(code !== undefined && { code }),
  };
}
