import type { Candidate, Evidence } from "@hawser/protocol";
import { evidenceOf, rankCandidates } from "./evidence.ts";
import { hashSource } from "./full-hash.ts";
import type { Handle } from "./handle.ts";
import { type InsistParts, insist } from "./insist.ts";
import type { JournalRecord } from "./journal/journal.ts";
import { sampleSource } from "./sameness.ts";
import type { Source } from "./source/source.ts";
import type { UploadParts } from "./upload.ts";
import type { AddOptions, Match, MatchOptions, UploadHandle } from "./uploader-api.ts";

interface MatchParts extends UploadParts, InsistParts {
  /** Ends every search. */
  readonly closing: AbortSignal;
}

/** The uploads of this client. */
interface Own {
  own(): readonly Handle[];
  adopt(source: Source, options: AddOptions, candidate: Candidate): UploadHandle;
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
    options.full && source.replayable ? await hashSource(source, parts, signal, () => undefined) : undefined;
  const evidence: Evidence = { ...(sampledHash && { sampledHash }), ...(sha256 && { sha256 }) };
  const query = {
    filename: name,
    ...(sizeBytes !== null && { size: `${sizeBytes}` }),
    ...(lastModified !== null && { lastModified }),
    ...evidence,
  };
  const { maxAttempts = parts.options.maxAttempts } = options;
  const asking = { ...parts, options: { ...parts.options, maxAttempts } };
  const { candidates } = await insist(() => api.check(query, signal), asking, signal);
  const lacking = own().filter(({ model }) => model.status === "needs-source");
  const unsent = lacking.filter(({ record }) => record.upload === null).map(({ record }) => toCandidate(record));
  return rankCandidates(evidenceOf(source.facts, evidence), [...candidates, ...unsent]).map(
    ({ candidate, evidence: agreed }): Match => {
      const mine = () => own().find(({ id, record }) => record.upload?.id === candidate.id || id === candidate.id);
      return {
        candidate,
        evidence: agreed,
        resume(addOptions = {}) {
          const handle = mine();
          if (handle === undefined) return adopt(source, addOptions, candidate);
          handle.supply(source).catch(() => undefined);
          handle.resume();
          return handle;
        },
        async discard() {
          const handle = mine();
          if (handle === undefined) await insist(() => api.cancel(candidate.id, closing), parts, closing);
          else handle.cancel();
        },
      };
    },
  );
}

function toCandidate({ id, source, evidence, createdAt }: JournalRecord): Candidate {
  return {
    id,
    filename: source.name,
    size: source.sizeBytes,
    ...(source.lastModified !== null && { lastModified: source.lastModified }),
    evidence,
    receivedBytes: 0,
    missingChunks: null,
    runAlign: 1,
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: never,
  };
}
