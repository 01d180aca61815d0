import { type Evidence, toHex } from "@hawser/protocol";
import { type ReadingParts, readFully, sourceChanged } from "./reading.ts";
import { planSample, sampleHeader } from "./sample.ts";
import type { Source, SourceFacts } from "./source/source.ts";

/** The sampled hash, or undefined for a source that cannot be read anywhere or whose end is not known. */
export async function sampleSource(
  source: Source,
  { platform, budget }: ReadingParts,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { sizeBytes } = source.facts;
  if (sizeBytes === null || !source.replayable) return undefined;
  const header = sampleHeader(sizeBytes);
  const blocks = planSample(sizeBytes);
  const sampleBytes = blocks.reduce((sum, block) => sum + block.sizeBytes, header.length);
  return budget.use(sampleBytes, signal, async (bytes) => {
    bytes.set(header);
    let at = header.length;
    for (const block of blocks) {
      await readFully(source, block.offset, bytes.subarray(at, at + block.sizeBytes), signal);
      at += block.sizeBytes;
    }
    return toHex(await platform.sha256(bytes));
  });
}

/**
 * Makes sure that `source` may be the one of `facts` and `evidence`. What no evidence tells is told when the chunks
 * are compared.
 * @throws HawserError `source_changed`
 */
export async function ensureSame(
  source: Source,
  facts: SourceFacts,
  evidence: Evidence,
  parts: ReadingParts,
  signal: AbortSignal,
): Promise<void> {
  const { sizeBytes, lastModified } = source.facts;
  if (facts.sizeBytes !== null && sizeBytes !== null && facts.sizeBytes !== sizeBytes) {
    throw sourceChanged("Its size is another one.");
  }
  if (lastModified !== null && lastModified === facts.lastModified && sizeBytes === facts.sizeBytes) return;
  if (evidence.sampledHash === undefined) return;
  const sampledHash = await sampleSource(source, parts, signal);
  if (sampledHash !== undefined && sampledHash !== evidence.sampledHash) throw sourceChanged("Its content differs.");
}
