import { chunksIn, countChunks } from "@hawser/protocol";
import { expect, onTestFinished } from "vitest";
import type { ServerOptions } from "../../src/embedded/options.ts";
import type { Variant } from "../support/contents.ts";
import { exchange } from "../support/http-exchange.ts";
import { type Json, LiveServer } from "../support/live-server.ts";
import { fileOf } from "../support/run-request.ts";

export const mebibyte = 1_048_576;
/** Pino's level. */
export const fatal = 60;
/** Of the files that are sent. */
export const sizeBytes = 2 * mebibyte + 5;
export const run = `1-${countChunks(sizeBytes)}`;

/** A server without a watermark. Stops with the test at the latest. */
export async function startLive(options: Partial<ServerOptions> = {}): Promise<LiveServer & AsyncDisposable> {
  const server = await LiveServer.start({ minFreeBytes: 0, ...options });
  let closing: Promise<void> | undefined;
  const close = server.close.bind(server);
  server.close = () => (closing ??= close());
  onTestFinished(server.close);
  return Object.assign(server, { [Symbol.asyncDispose]: server.close });
}

/** What was acknowledged of an upload, from an answer or a refusal. */
export function acknowledged({ receipts, skipped }: Json): number[] {
  return [receipts, skipped].flatMap((ranges) => [...chunksIn((ranges ?? []) as [number, number][])]);
}

export async function expectFile(port: number, id: string, variant: Variant): Promise<void> {
  const { status, body } = await exchange(port, { target: `/files/${id}` });
  expect([status, body.equals(fileOf(variant, sizeBytes))]).toEqual([200, true]);
}

/** Sends what is missing of an upload, finishes it and reads it back. */
export async function finish(server: LiveServer, id: string, variant: Variant, held: readonly number[]): Promise<void> {
  const { missingChunks } = await server.json({ target: `/uploads/${id}/resume` });
  const missing = [...chunksIn(missingChunks ?? [])];
  expect(missing.filter((chunk) => held.includes(chunk))).toEqual([]);
  for (const chunk of missing) {
    expect(await server.send(id, String(chunk), variant, sizeBytes)).toMatchObject({ status: 200 });
  }
  expect(await server.post(`/uploads/${id}/finalize`, {})).toMatchObject({ status: 200 });
  await expectFile(server.port, id, variant);
}
