/**
 * What the facts thread asks of the byte thread, which alone touches the blob store. Everything here crosses a
 * thread: plain data in, plain data out.
 */
export interface ByteKeeper {
  /**
   * Ends the requests in flight for an upload that has ended (they answer 410) and waits until none is left; then
   * removes its bytes, durably.
   */
  discard(id: string): Promise<void>;
  /** Reads chunks back and returns those whose bytes do not have the digest they were acknowledged with. */
  findDamaged(
    id: string,
    sizeBytes: number,
    chunks: readonly { readonly chunk: number; readonly digest: Uint8Array }[],
  ): Promise<number[]>;
  /** Plain SHA-256 of the first `sizeBytes` bytes. */
  hashWhole(id: string, sizeBytes: number): Promise<Uint8Array>;
  /** Ids that have bytes and no request in flight: what the orphan search compares with the ledger. */
  storedIds(): Promise<string[]>;
  /** Free bytes of the storage; null where it has no end. */
  freeBytes(): Promise<number | null>;
  /** Takes no more writes from now on: the ledger of this storage failed. */
  fence(reason: string): Promise<void>;
  /** Why the storage takes no more writes, or null while it does. */
  fencedBecause(): Promise<string | null>;
  /** Chunks that the store wants written together. */
  readonly runAlign: number;
}
