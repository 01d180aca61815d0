/** What the engine needs of the world besides bytes, network and journal. Every decision gets it as an argument. */
export interface Platform {
  /** Wall time, milliseconds since 1970. It may jump. */
  now(): number;
  /** Milliseconds from an arbitrary start; never jumps. */
  monotonic(): number;
  /** Resolves after `delayMs`; rejects with the signal's reason when it is aborted first. */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
  /** From 0 up to 1, without 1. */
  random(): number;
  /** 128 random bits or more, as text; names uploads and idempotency keys. */
  createId(): string;
  /** SHA-256 of one buffer. The buffer belongs to the platform until the promise resolves. */
  sha256(bytes: Uint8Array): Promise<Uint8Array>;
  /** Plain SHA-256 over many pieces, for a full hash. */
  createSha256(): IncrementalSha256;
  /** Whether the device believes that it has a network. */
  online(): boolean;
  /** Calls `listener` whenever that changes, until the returned function is called. */
  onOnlineChange(listener: (online: boolean) => void): () => void;
  /**
   * Calls `listener` whenever this process may end without another word (a page that is hidden), until the returned
   * function is called; absent where nobody tells.
   */
  onHide?(listener: () => void): () => void;
}

export interface IncrementalSha256 {
  update(bytes: Uint8Array): void | Promise<void>;
  digest(): Uint8Array | Promise<Uint8Array>;
}
