/** Settings of the byte room. Sizes are bytes, times milliseconds. */
export interface ByteRoomOptions {
  /** Memory in which chunks are gathered, for all requests together; a multiple of 1 MiB. Default 32 MiB. */
  readonly poolBytes?: number;
  /** Largest one-shot body that is kept in the ledger instead of the blob store. Default 64 KiB. */
  readonly smallFileBytes?: number;
  /** Chunks of one run that may wait for their write while the next one is read. Default 4. */
  readonly unwrittenChunksPerRun?: number;
  /** Chunks that one ledger transaction records at most. Default 256. */
  readonly batchEntries?: number;
  /** Files synced at the same time. Default 4. */
  readonly parallelSyncs?: number;
}

const defaultByteRoomOptions = {
  poolBytes: 32 * 1_048_576,
  smallFileBytes: 65_536,
  unwrittenChunksPerRun: 4,
  batchEntries: 256,
  parallelSyncs: 4,
} as const satisfies Required<ByteRoomOptions>;

export function resolveByteRoomOptions(options: ByteRoomOptions = {}): Required<ByteRoomOptions> {
  return { ...defaultByteRoomOptions, ...options };
}
