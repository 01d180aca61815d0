import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Answer } from "./answers.ts";

/** Writes an answer to a connection that no response belongs to, and ends it. */
export function answerSocket(socket: Duplex, { status, headers, body }: Answer): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const fields = { ...headers, "content-length": Buffer.byteLength(body), connection: "close" };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`, () => socket.destroy());
}
