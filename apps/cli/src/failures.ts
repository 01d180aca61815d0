import { errorTable, HawserError, sentenceOf } from "@hawser/protocol";
import { exitCodes, InterruptedError } from "./command.ts";
import { GaveUpError } from "./remote/backoff.ts";
import { RefusedError, UsageError } from "./values.ts";

/** What a failure means for the person: a stable code, a sentence or two, and the exit code. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly exitCode: number;
}

const systemWords: Readonly<Record<string, string>> = {
  ENOENT: "There is no such file or folder",
  EACCES: "You may not open it",
  EPERM: "The system does not permit it",
  EISDIR: "It is a folder",
  ENOTDIR: "A part of its path is no folder",
  ENOSPC: "This computer's disk is full",
  EROFS: "It lies on a disk that cannot be written",
  EMFILE: "Too many files are open",
  ELOOP: "It is a link that leads to itself",
};

/** @param subject the file that is spoken of anyway, so that its path is not said twice */
export function describeFailure(error: unknown, subject?: string): Failure {
  const failed = (code: string, message: string): Failure => ({ code, message, exitCode: exitCodes.failed });
  if (error instanceof InterruptedError) {
    return { code: "interrupted", message: error.message, exitCode: exitCodes.interrupted };
  }
  if (error instanceof UsageError) return { code: "usage", message: error.message, exitCode: exitCodes.usage };
  if (error instanceof GaveUpError) {
    const message = `${error.message} Stopped waiting. What arrived stays; the same command goes on from there.`;
    return { code: "gave_up", message, exitCode: exitCodes.gaveUp };
  }
  if (error instanceof RefusedError) return failed("refused", error.message);
  if (error instanceof HawserError) return describeProblem(error);
  const { code, message, path } = error as NodeJS.ErrnoException;
  const words = code === undefined ? undefined : systemWords[code];
  if (words === undefined) return failed(code ?? "internal", message ?? String(error));
  return failed(code as string, path === undefined || path === subject ? `${words}.` : `${words}: ${path}`);
}

/** The cause, then what can be done about it. Trouble on the line says all by itself. */
function describeProblem(error: HawserError): Failure {
  const { code, details, cause } = error;
  if (code === "source_changed") {
    const text = `${sentenceOf(error)} Nothing was mixed. The same command with --anew sends it as it is now.`;
    return { code, message: text, exitCode: exitCodes.sourceChanged };
  }
  const action = details.state === undefined ? errorTable[code].action : `It is ${details.state}.`;
  const text = describeTrouble(error);
  return { code, message: cause === undefined ? `${text} ${action}` : text, exitCode: exitCodes.failed };
}

/** What went wrong, in one sentence. */
export function describeTrouble(error: HawserError): string {
  const { code, cause } = error;
  const message = sentenceOf(error);
  if (code !== "connection_lost") return message;
  const { code: systemCode } = (cause ?? {}) as NodeJS.ErrnoException;
  if (systemCode === "ECONNREFUSED") return "Nothing answers there.";
  if (systemCode === "ENOTFOUND" || systemCode === "EAI_AGAIN") return "Nobody knows the server's name here.";
  return systemCode === undefined ? message : `The connection broke (${systemCode}).`;
}
