const sampleBlockBytes = 65_536;
const sampleBlocks = 16;

/** A block of a file that the sampled hash reads. */
export interface SampleBlock {
  readonly offset: number;
  readonly sizeBytes: number;
}

/**
 * The blocks that the sampled hash reads of a file of `sizeBytes`, in the order in which they are hashed.
 *
 * The sampled hash, version 1, is the SHA-256 of
 * 1. the size, as 8 bytes, most significant first;
 * 2. for a file of at most 1 MiB (16 × 65,536 bytes): all its bytes;
 *    for a longer one: 16 blocks of 65,536 bytes, rising. Block i (from 0 to 14) starts at i × step with
 *    step = floor((size − 65,536) / 15), the last one at size − 65,536.
 *
 * Clients agree on it by its value alone, so it never changes. It tells files apart that differ by chance; who edits
 * between the blocks is found out when the chunks are compared.
 */
export function planSample(sizeBytes: number): SampleBlock[] {
  if (sizeBytes <= sampleBlockBytes * sampleBlocks) return [{ offset: 0, sizeBytes }];
  const last = sizeBytes - sampleBlockBytes;
  const step = Math.floor(last / (sampleBlocks - 1));
  return Array.from({ length: sampleBlocks }, (_, i) => ({
    offset: i === sampleBlocks - 1 ? last : i * step,
    sizeBytes: sampleBlockBytes,
  }));
}

/** The first 8 bytes under the sampled hash. */
export function sampleHeader(sizeBytes: number): Uint8Array {
  const header = new Uint8Array(8);
  new DataView(header.buffer).setBigUint64(0, BigInt(sizeBytes));
  return header;
}
