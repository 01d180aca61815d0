import type { Candidate, Evidence } from "@hawser/protocol";
import type { SourceFacts } from "./source/source.ts";

/** What is known of a source for telling whether it is the same file. */
export interface SourceEvidence extends Evidence {
  readonly name: string;
  readonly sizeBytes: number | null;
  readonly lastModified: string | null;
}

/** How much agrees: `content` (a hash of it), `time` (name, size, time), `name` (name and size). */
export type MatchEvidence = "content" | "time" | "name";

/** How strongly `theirs` may be the same file as `mine`; null when something speaks against it. */
export function compareEvidence(mine: SourceEvidence, theirs: SourceEvidence): MatchEvidence | null {
  if (mine.sizeBytes !== null && theirs.sizeBytes !== null && mine.sizeBytes !== theirs.sizeBytes) return null;
  // The stronger hash decides alone.
  for (const hash of ["sha256", "sampledHash"] as const) {
    if (mine[hash] !== undefined && theirs[hash] !== undefined) return mine[hash] === theirs[hash] ? "content" : null;
  }
  if (mine.name.normalize("NFC") !== theirs.name.normalize("NFC")) return null;
  return mine.lastModified !== null && mine.lastModified === theirs.lastModified ? "time" : "name";
}

/** The candidates that may be `mine`, best evidence first, newer before older. */
export function rankCandidates(
  mine: SourceEvidence,
  candidates: readonly Candidate[],
): { candidate: Candidate; evidence: MatchEvidence }[] {
  const strength: Record<MatchEvidence, number> = { content: 2, time: 1, name: 0 };
  return candidates
    .flatMap((candidate) => {
      const evidence = compareEvidence(mine, evidenceOfCandidate(candidate));
      return evidence === null ? [] : [{ candidate, evidence }];
    })
    .sort(
      (a, b) => strength[b.evidence] - strength[a.evidence] || (a.candidate.createdAt < b.candidate.createdAt ? 1 : -1),
    );
}

export function evidenceOf(facts: SourceFacts, { sampledHash, sha256 }: Evidence): SourceEvidence {
  const { name, sizeBytes, lastModified } = facts;
  return { name, sizeBytes, lastModified, ...(sampledHash && { sampledHash }), ...(sha256 && { sha256 }) };
}

function evidenceOfCandidate({ filename, size, lastModified, evidence }: Candidate): SourceEvidence {
  return { ...evidence, name: filename, sizeBytes: size, lastModified: lastModified ?? null };
}
