import type { Duplex } from "node:stream";
import { type ErrorCode, HawserError } from "@hawser/protocol";
import { problemAnswer } from "./answers.ts";
import { answerSocket } from "./raw-answer.ts";

/** What Node's parser says beside "this is no HTTP". */
const refusals: Readonly<Record<string, readonly [code: ErrorCode, detail: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ["request_timeout", "The head of the request came too slowly."],
  HPE_HEADER_OVERFLOW: ["invalid_request", "The head of the request is too long."],
  HPE_INVALID_EOF_STATE: ["run_incomplete", "The connection broke."],
};

/** What an error of the parser means for the request that it was in. */
export function reasonOf(error: NodeJS.ErrnoException): HawserError {
  const [code, detail] = refusals[error.code ?? ""] ?? ["invalid_request", "This is no HTTP request."];
  return new HawserError(code, { detail });
}

/**
 * Answers what is no HTTP request, or whose head came too slowly or is too long, and ends the connection: where its
 * next request would begin nobody can tell.
 */
export function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET") socket.destroy();
  else answerSocket(socket, problemAnswer(reasonOf(error)));
}
