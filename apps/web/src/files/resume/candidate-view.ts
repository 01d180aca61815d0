import type { Match, SourceFacts } from "@hawser/client";
import { type Candidate, countChunks, missingRanges } from "@hawser/protocol";
import type { IconName } from "../../design/icon.tsx";
import type { RopeChunks } from "../../design/rope-shape.ts";
import { formatDay, formatDayTime, percentOf } from "../figures.ts";
import { resumeWords } from "../words/resume-words.ts";

/** One thing that is known: it agrees, it differs, or nobody knows. */
export interface EvidenceItem {
  readonly verdict: "same" | "other" | "unknown";
  readonly text: string;
}

export const verdictIcons: Readonly<Record<EvidenceItem["verdict"], IconName>> = {
  same: "check",
  other: "cross",
  unknown: "hash",
};

/** A candidate as the person sees it. */
export interface CandidateView {
  readonly id: string;
  readonly title: string;
  readonly percent: number;
  readonly chunks: RopeChunks;
  readonly evidence: readonly EvidenceItem[];
  /** Until when the server keeps it; null when it never reached the server. */
  readonly keptUntil: string | null;
}

export function viewCandidate(match: Match, facts: SourceFacts, isOwn: boolean, nowMs: number): CandidateView {
  const { candidate } = match;
  const begun = formatDayTime(Date.parse(candidate.createdAt), nowMs);
  const expiresMs = Date.parse(candidate.expiresAt);
  return {
    id: candidate.id,
    title: isOwn ? resumeWords.candidate.begunHere(begun) : resumeWords.candidate.begun(begun),
    percent: percentThere(candidate),
    chunks: chunksOfCandidate(candidate),
    evidence: evidenceItems(match, facts, nowMs),
    keptUntil: new Date(expiresMs).getUTCFullYear() > 9_000 ? null : formatDay(expiresMs, nowMs),
  };
}

export function percentThere({ receivedBytes, size }: Candidate): number {
  return percentOf(receivedBytes, size) ?? 0;
}

function chunksOfCandidate({ size, receivedBytes, missingChunks }: Candidate): RopeChunks {
  const total = Math.max(1, countChunks(size ?? receivedBytes));
  const safe = missingChunks === null || receivedBytes === 0 ? [] : missingRanges(missingChunks, 1, total);
  return { total, safe, moving: [], again: [] };
}

function evidenceItems({ candidate, evidence }: Match, facts: SourceFacts, nowMs: number): readonly EvidenceItem[] {
  const say = resumeWords.evidence;
  const isSameName = candidate.filename.normalize("NFC") === facts.name.normalize("NFC");
  const time = candidate.lastModified;
  const hasHash = candidate.evidence.sha256 !== undefined || candidate.evidence.sampledHash !== undefined;
  return [
    isSameName ? known("same", say.name) : known("other", say.otherName(candidate.filename)),
    candidate.size === null ? known("unknown", say.noSize) : known("same", say.size),
    time === undefined || facts.lastModified === null
      ? known("unknown", say.noTime)
      : time === facts.lastModified
        ? known("same", say.time)
        : known("other", say.otherTime(formatDayTime(Date.parse(time), nowMs))),
    evidence === "content" ? known("same", say.content) : known("unknown", hasHash ? say.notCompared : say.noHash),
  ];
}

function known(verdict: EvidenceItem["verdict"], text: string): EvidenceItem {
  return { verdict, text };
}
