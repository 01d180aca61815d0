import type { Duplex } from "node:stream";
import { type ErrorCode, HawserError } from "@hawser/protocol";
import { problemAnswer } from "./answers.ts";

/** What Node's parser reports; everything else is a request that is not well formed. */
const codes: Readonly<Record<string, ErrorCode>> = { ERR_HTTP_REQUEST_TIMEOUT: "request_timeout" };

/**
 * Answers what is no HTTP request, or whose head came too slowly or is too long, and ends the connection: where its
 * next request would begin nobody can tell.
 */
export function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const refusal = new HawserError(codes[error.code ?? ""] ?? "invalid_request", { detail: "This is no HTTP request." });
  const { status, headers, body } = problemAnswer(refusal);
  const fields = { ...headers, "content-length": Buffer.byteLength(body), connection: "close" };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join("")}\r\n${body}`, () => socket.destroy());
}
