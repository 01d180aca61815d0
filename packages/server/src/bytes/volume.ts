import { HawserError } from "@hawser/protocol";

/** errno values that mean the storage has no room left. */
const fullCodes: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"]);

/** What a failed read or write of the blob store means for the request it was for. */
export function storageError(thrown: unknown): HawserError {
  if (thrown instanceof HawserError) return thrown;
  const code = (thrown as NodeJS.ErrnoException | undefined)?.code;
  if (code !== undefined && fullCodes.has(code)) {
    return new HawserError("storage_full", { retryAfterSeconds: 30 }, { cause: thrown });
  }
  // A chunk so far out that no file of this file system reaches it; that does not pass.
  if (code === "EFBIG") {
    return new HawserError("size_too_large", { detail: "The storage takes no file so large." }, { cause: thrown });
  }
  // What the system refused may pass; anything else is a defect of ours and must not hide behind a retry.
  if (code === undefined) return HawserError.from(thrown);
  return new HawserError("unavailable", { retryAfterSeconds: 1 }, { cause: thrown });
}

/** Does something with the blob store; what it throws comes out as a HawserError. */
export async function onStorage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storageError(error);
  }
}

/**
 * Whether the volume may be written. A failed data sync or ledger commit fences it until the process is started
 * again and the probe passes: after a failed fsync the kernel may have dropped the pages and call the next one a
 * success (PostgreSQL wiki, "Fsync Errors"), so a retry would acknowledge bytes that are lost.
 */
export class Volume {
  #reason: string | null = null;
  readonly #onFence: (reason: string, cause: unknown) => void;

  constructor(onFence: (reason: string, cause: unknown) => void) {
    this.#onFence = onFence;
  }

  get fencedBecause(): string | null {
    return this.#reason;
  }

  fence(reason: string, cause: unknown): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    this.#onFence(reason, cause);
  }

  /** @throws HawserError `storage_fenced` */
  assertOpen(): void {
    if (this.#reason !== null) throw new HawserError("storage_fenced", { retryAfterSeconds: 30 });
  }
}
