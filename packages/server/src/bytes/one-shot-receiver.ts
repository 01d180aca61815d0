import { hash } from "node:crypto";
import { chunkLength, countChunks, equalDigests, HawserError, limits, type RunResponse } from "@hawser/protocol";
import type { Body } from "../ports/byte-room.ts";
import type { Facts, OneShotOutcome, OneShotRequest, RunRequest } from "../ports/facts.ts";

export interface OneShotParts {
  readonly facts: Facts;
  readonly smallFileBytes: number;
  receiveRun(request: RunRequest, body: Body): Promise<RunResponse>;
}

/**
 * A whole small file in one request. Up to `smallFileBytes` its body goes into the ledger, in the one transaction
 * that completes it; larger ones go to the blob store like a run of all their chunks.
 */
export async function receiveOneShot(
  parts: OneShotParts,
  request: OneShotRequest,
  body: Body,
): Promise<OneShotOutcome> {
  if (request.sizeBytes > limits.maxOneShotBytes) throw new HawserError("body_too_long");
  if (request.digests.length !== countChunks(request.sizeBytes)) throw new HawserError("digest_required");
  if (request.sizeBytes <= parts.smallFileBytes) {
    return parts.facts.storeSmallFile(request, await readVerified(request, body));
  }
  const admission = await parts.facts.beginOneShot(request);
  if (admission.kind === "done") return admission.outcome;
  const { id } = admission;
  try {
    await parts.receiveRun(
      {
        owner: request.owner,
        id,
        first: 1,
        last: request.digests.length,
        digests: request.digests,
        offsetBytes: 0,
        partial: false,
        contentLength: request.sizeBytes,
        sizeBytes: null,
      },
      body,
    );
    return await parts.facts.finishOneShot(request.owner, id);
  } catch (error) {
    // With a key the same request may come again and go on; without one nobody could find what was kept.
    const wrong = error instanceof HawserError && error.retry === "resend";
    if (wrong || request.idempotencyKey === null) {
      // What cannot be cancelled now expires; the answer is what went wrong first.
      await parts.facts.abandonOneShot(request.owner, id).catch(() => undefined);
    }
    throw error;
  }
}

async function readVerified(request: OneShotRequest, body: Body): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(request.sizeBytes);
  let filled = 0;
  try {
    for await (const piece of body) {
      if (filled + piece.length > bytes.length) throw new HawserError("body_too_long");
      bytes.set(piece, filled);
      filled += piece.length;
    }
  } catch (error) {
    throw error instanceof HawserError ? error : new HawserError("run_incomplete", {}, { cause: error });
  }
  if (filled < request.sizeBytes) throw new HawserError("run_incomplete");
  const rejected = request.digests.flatMap((digest, i) => {
    const from = i * limits.chunkSizeBytes;
    const chunk = bytes.subarray(from, from + chunkLength(i + 1, request.sizeBytes));
    return equalDigests(hash("sha256", chunk, "buffer"), digest)
      ? []
      : [{ chunk: i + 1, code: "digest_mismatch" as const }];
  });
  if (rejected.length > 0) throw new HawserError("digest_mismatch", { rejected });
  return bytes;
}
