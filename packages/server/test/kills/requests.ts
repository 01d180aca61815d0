import assert from "node:assert/strict";
import { hash } from "node:crypto";
import {
  type CheckResponse,
  countInRanges,
  type FinalizeRequest,
  type FinalizeResponse,
  formatContentDigest,
  formatDigestList,
  headers,
  type InitializeResponse,
  normalizeRanges,
  type Problem,
  type ResumeResponse,
  type RunResponse,
} from "@hawser/protocol";
import type { Answer, Call, Client } from "./client.ts";
import type { Driver } from "./driver.ts";
import type { ExpectedUpload } from "./expected-upload.ts";

/** Fails unless `answer` has one of these statuses. */
export function expectStatus(answer: Answer, what: string, ...statuses: readonly number[]): Answer {
  assert.ok(statuses.includes(answer.status), `${what}: expected ${statuses.join(" or ")}, got ${answer}`);
  return answer;
}

export function expectCode(answer: Answer, what: string, ...codes: readonly string[]): void {
  const code = answer.status < 400 ? "none" : answer.json<Problem>().code;
  assert.ok(codes.includes(code), `${what}: expected ${codes.join(" or ")}, got ${answer}`);
}

/** Begins the upload by its key. Done again, it finds what the first request may have begun. */
export async function initialize(driver: Driver, upload: ExpectedUpload, sizeIsKnown = true): Promise<void> {
  const { filename, key, content } = upload;
  driver.uploads.add(upload);
  const body = { filename, size: sizeIsKnown ? content.sizeBytes : null };
  const call = { method: "POST", path: "/uploads/initialize", headers: { [headers.idempotencyKey]: key }, body };
  await driver.step(async (client, again) => {
    const answer = expectStatus(await client.send(call), `initialize ${filename}`, 201, ...(again ? [200] : []));
    upload.identify(answer.json<InitializeResponse>().id);
    const replay = expectStatus(await client.send(call), `initialize ${filename} again`, 200);
    upload.identify(replay.json<InitializeResponse>().id);
    const check = await client.get(`/uploads/check?filename=${encodeURIComponent(filename)}`);
    const ids = check.json<CheckResponse>().candidates.map((candidate) => candidate.id);
    assert.deepEqual(ids, [upload.id], `${filename} was begun once`);
  });
}

/** The request for a run; from `offsetBytes` of its first chunk on. */
export function runCall(upload: ExpectedUpload, first: number, last = first, offsetBytes = 0): Call {
  const { content } = upload;
  return {
    method: "PUT",
    path: `/uploads/${upload.id}/chunks/${first}-${last}`,
    headers: {
      [headers.chunkDigests]: formatDigestList(content.digests.slice(first - 1, last)),
      ...(offsetBytes === 0 ? {} : { [headers.chunkOffset]: String(offsetBytes) }),
    },
    body: content.run(first, last).subarray(offsetBytes),
  };
}

/** Sends a run until it is acknowledged. */
export async function sendRun(
  driver: Driver,
  upload: ExpectedUpload,
  first: number,
  last = first,
  more: { offsetBytes?: number; headers?: Record<string, string> } = {},
): Promise<void> {
  const call = runCall(upload, first, last, more.offsetBytes);
  const answer = await driver.step((client) => client.send({ ...call, headers: { ...call.headers, ...more.headers } }));
  noteRun(upload, first, last, answer);
}

/** Notes what the answer to a run acknowledges; @throws AssertionError unless it is all of it */
export function noteRun(upload: ExpectedUpload, first: number, last: number, answer: Answer): void {
  const what = `chunks ${first} to ${last} of ${upload.filename}`;
  const { receipts, skipped, file } = expectStatus(answer, what, 200).json<RunResponse>();
  assert.equal(countInRanges(normalizeRanges([...receipts, ...skipped])), last - first + 1, `${what}: ${answer}`);
  upload.holds(first, last);
  if (file !== undefined) upload.became("completed");
}

/** Sends bytes `from` to `to` of a chunk as a prefix on purpose; `other` replaces the content's bytes. */
export async function sendPrefix(
  driver: Driver,
  upload: ExpectedUpload,
  chunk: number,
  [from, to]: readonly [number, number],
  other?: Uint8Array,
): Promise<void> {
  const body = (other ?? upload.content.chunk(chunk)).subarray(from, to);
  const described = {
    [headers.chunkPartial]: "?1",
    [headers.contentDigest]: formatContentDigest(hash("sha256", body, "buffer")),
    ...(from === 0 ? {} : { [headers.chunkOffset]: String(from) }),
  };
  const path = `/uploads/${upload.id}/chunks/${chunk}`;
  const answer = await driver.step((client) => client.send({ method: "PUT", path, headers: described, body }));
  expectStatus(answer, `prefix of ${upload.filename}`, 200);
  assert.deepEqual(answer.json<RunResponse>().partialChunks, [[chunk, to]]);
  upload.prefixes.set(chunk, to);
}

/** What is there; from then on it is acknowledged. */
export async function resume(client: Client, upload: ExpectedUpload): Promise<ResumeResponse> {
  const answer = await client.get(`/uploads/${upload.id}/resume`);
  const response = expectStatus(answer, `resume ${upload.filename}`, 200).json<ResumeResponse>();
  upload.noteResume(response);
  return response;
}

/** A whole file in one request; `body` replaces the content's bytes, not the digests. */
export function oneShotCall(upload: ExpectedUpload, body: Uint8Array = upload.content.bytes): Call {
  return {
    method: "POST",
    path: `/uploads?filename=${encodeURIComponent(upload.filename)}`,
    headers: {
      [headers.idempotencyKey]: upload.key,
      ...(body.length === 0 ? {} : { [headers.chunkDigests]: formatDigestList(upload.content.digests) }),
    },
    body,
  };
}

/** Sends a whole file in one request until it is there, then once more: there is one file. */
export async function sendOneShot(driver: Driver, upload: ExpectedUpload): Promise<void> {
  const call = oneShotCall(upload);
  const what = `one shot ${upload.filename}`;
  await driver.step(async (client, again) => {
    const answer = expectStatus(await client.send(call), what, 201, ...(again ? [200] : []));
    upload.identify(answer.json<FinalizeResponse>().file.id);
    noteFile(upload, answer);
    noteFile(upload, expectStatus(await client.send(call), `${what} again`, 200));
  });
  upload.holds(1, upload.content.chunkCount);
  driver.uploads.add(upload);
}

/** Finalizes until the file is there. */
export async function finalize(driver: Driver, upload: ExpectedUpload, claim: FinalizeRequest): Promise<void> {
  upload.mayBecome("assembling", "completed");
  await driver.step(async (client) => noteFile(upload, await sendFinalize(client, upload, claim)));
}

/** The answer to finalize, asked for until it is more than 202. */
export async function sendFinalize(client: Client, upload: ExpectedUpload, claim: FinalizeRequest): Promise<Answer> {
  for (;;) {
    const path = `/uploads/${upload.id}/finalize`;
    const answer = await client.send({ method: "POST", path, body: claim });
    if (answer.status !== 202) return answer;
  }
}

/** Deletes a file until that was answered. */
export async function deleteFile(driver: Driver, upload: ExpectedUpload): Promise<void> {
  upload.mayBecome("deleted");
  await driver.step(async (client, again) => {
    const answer = await client.send({ method: "DELETE", path: `/files/${upload.id}` });
    expectStatus(answer, `delete ${upload.filename}`, 204, ...(again ? [410] : []));
  });
  upload.became("deleted");
}

function noteFile(upload: ExpectedUpload, answer: Answer): void {
  const { file } = expectStatus(answer, `file ${upload.filename}`, 200, 201).json<FinalizeResponse>();
  assert.deepEqual(
    [file.id, file.size, file.digest],
    [upload.id, upload.content.sizeBytes, upload.content.digest],
    `${upload.filename} is another file`,
  );
  upload.became("completed");
}
