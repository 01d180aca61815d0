import { errorTable, formatContentDigest, limits } from "@hawser/protocol";
import { expect } from "vitest";
import { chunkOf, sha256 } from "../support/contents.ts";
import { codeOf, type WireAnswer, type WireRequest } from "../support/http-exchange.ts";
import { LiveServer } from "../support/live-server.ts";

export const mebibyte = limits.chunkSizeBytes;
/** The size of the uploads that stand ready, but for the small file and the one of unknown size. */
export const sizeBytes = mebibyte + 300;

/** Uploads in every state in which a client can find one. */
export interface Uploads {
  /** Two chunks, the first acknowledged. */
  readonly part: string;
  /** Two chunks, nothing sent. */
  readonly fresh: string;
  /** Unknown size, with a prefix of 1,000 bytes of its first chunk. */
  readonly open: string;
  /** 700 bytes, completed. */
  readonly done: string;
  readonly cancelled: string;
  /** Completed and deleted. */
  readonly deleted: string;
}

export interface Stage {
  readonly server: LiveServer;
  readonly uploads: Uploads;
}

export async function openStage(): Promise<Stage> {
  const server = await LiveServer.start({ maxSizeBytes: 2 ** 40 });
  const part = await server.begin(sizeBytes);
  await server.send(part, "1", "a", sizeBytes);
  const fresh = await server.begin(sizeBytes);
  const open = await server.begin(null);
  await server.ask(partialRequest(open, 1_000));
  const cancelled = await server.begin(sizeBytes);
  await server.ask({ method: "DELETE", target: `/uploads/${cancelled}` });
  const deleted = await server.fill(700);
  await server.ask({ method: "DELETE", target: `/files/${deleted}` });
  return { server, uploads: { part, fresh, open, done: await server.fill(700), cancelled, deleted } };
}

/** A request that has to be refused. */
export interface BadRequest {
  readonly what: string;
  readonly request: (uploads: Uploads) => WireRequest;
  readonly code: keyof typeof errorTable;
}

/**
 * Sends it and expects: the code with its status, as a problem document; nothing changed, in the ledger or in the
 * stored bytes; nothing that the operator was bothered with; and a server that goes on.
 */
export async function expectRefused({ server, uploads }: Stage, { request, code }: BadRequest): Promise<WireAnswer> {
  const before = await server.fingerprint();
  const answer = await server.ask(request(uploads));
  expect([answer.status, codeOf(answer)]).toEqual([errorTable[code].status, code]);
  expect(await server.fingerprint(), "nothing has changed").toBe(before);
  expect(server.complaints).toEqual([]);
  return answer;
}

/** `Chunk-Partial` with the first bytes of chunk 1 of content a. */
export function partialRequest(id: string, sizeBytes: number, headers: WireRequest["headers"] = {}): WireRequest {
  const body = chunkOf("a", 1, null).subarray(0, sizeBytes);
  const digest = formatContentDigest(sha256(body));
  const fields = { "chunk-partial": "?1", "content-digest": digest, ...headers };
  return { method: "PUT", target: `/uploads/${id}/chunks/1`, headers: fields, body };
}
