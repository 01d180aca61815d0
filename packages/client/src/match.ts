import type { Candidate, Evidence } from "@hawser/protocol";
import { evidenceOf, rankCandidates } from "./evidence.ts";
import { hashSource } from "./full-hash.ts";
import type { Handle } from "./handle.ts";
import { type InsistParts, insist } from "./insist.ts";
import type { JournalRecord } from "./journal/journal.ts";
import { sampleSource } from "./sameness.ts";
import type { Source } from "./source/source.ts";
import type { UploadParts } from "./upload.ts";
import type { AddOptions, Match, MatchOptions, SupplyOptions, UploadHandle } from "./uploader-api.ts";

interface MatchParts extends UploadParts, InsistParts {
  /** Ends every search. */
  readonly closing: AbortSignal;
}

/** The uploads of this client. */
interface Own {
  own(): readonly Handle[];
  adopt(source: Source, options: AddOptions & SupplyOptions, candidate: Candidate): UploadHandle;
}

/** A record that never reached the server does not expire there. */
const never = "9999-12-31T23:59:59.999Z";

/**
 * What the server has begun, and this client's own uploads that lack their source, as far as they may be `source`;
 * best evidence first. The stronger the hash, the more it decides: full, sampled, then time, then name and size.
 */
export async function findMatches(
  source: Source,
  options: MatchOptions,
  parts: MatchParts,
  { own, adopt }: Own,
): Promise<readonly Match[]> {
  const { api, closing } = parts;
  const signal = options.signal === undefined ? closing : AbortSignal.any([closing, options.signal]);
  const { name, sizeBytes, lastModified } = source.facts;
  const sampledHash = await sampleSource(source, parts, signal);
  const sha256 =
    options.full && source.replayable
      ? await hashSource(source, parts, signal, options.onProgress ?? (() => undefined))
      : undefined;
  const evidence: Evidence = { ...(sampledHash && { sampledHash }), ...(sha256 && { sha256 }) };
  const mine = evidenceOf(source.facts, evidence);
  const lacking = own().filter(({ model }) => model.status === "needs-source");
  const known = lacking.map(({ record }) => toCandidate(record));
  const query = {
    filename: name,
    ...(sizeBytes !== null && { size: `${sizeBytes}` }),
    ...(lastModified !== null && { lastModified }),
    ...evidence,
  };
  const { maxAttempts = parts.options.maxAttempts } = options;
  const ask = () => api.check(query, signal).then(({ candidates }) => candidates);
  const answer =
    rankCandidates(mine, known).length > 0
      ? // Who is known already need not wait until the server is back.
        await ask().catch(() => null)
      : await insist(ask, { ...parts, options: { ...parts.options, maxAttempts } }, signal);
  signal.throwIfAborted();
  // What the server knows of an upload is newer than what the journal does, and it is the one to say what expired.
  const unsent = lacking.filter(({ record }) => record.upload === null).map(({ record }) => toCandidate(record));
  const candidates = answer === null ? known : [...answer, ...unsent];
  return rankCandidates(mine, candidates).map(({ candidate, evidence: agreed }): Match => {
    const mine = () => own().find(({ id, record }) => record.upload?.id === candidate.id || id === candidate.id);
    return {
      candidate,
      evidence: agreed,
      resume(addOptions = {}) {
        const handle = mine();
        if (handle === undefined) return adopt(source, addOptions, candidate);
        const { compareFirst } = addOptions;
        handle.supply(source, compareFirst === undefined ? {} : { compareFirst }).catch(() => undefined);
        handle.resume();
        return handle;
      },
      async discard() {
        const handle = mine();
        if (handle === undefined) await insist(() => api.cancel(candidate.id, closing), parts, closing);
        else handle.cancel();
      },
    };
  });
}

/** What the journal knows of an upload. */
function toCandidate({ id, source, evidence, createdAt, upload, confirmedBytes }: JournalRecord): Candidate {
  return {
    id: upload?.id ?? id,
    filename: source.name,
    size: source.sizeBytes,
    ...(source.lastModified !== null && { lastModified: source.lastModified }),
    evidence,
    receivedBytes: confirmedBytes ?? 0,
    missingChunks: null,
    runAlign: upload?.runAlign ?? 1,
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: never,
  };
}
