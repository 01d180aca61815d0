/**
 * All that the disk store asks of the operating system, so that a simulated one can stand in for it. Paths are
 * absolute. Errors are the system's, with its `code` (`ENOENT`, `ENOSPC`, …).
 */
export interface FileSystem {
  /** Opens a file for reading and writing; never follows a link at its end. New files belong to the owner alone. */
  open(path: string, options: OpenOptions): Promise<FileHandle>;
  /** Creates a folder for the owner alone in one that exists; succeeds when it is there. */
  makeDirectory(path: string): Promise<void>;
  /** Makes the entries of a folder durable, as they were before the call; not what lies below them. */
  syncDirectory(path: string): Promise<void>;
  unlink(path: string): Promise<void>;
  listDirectory(path: string): Promise<string[]>;
  /** Free bytes for this process and total bytes of the volume. */
  capacity(path: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>;
}

export interface OpenOptions {
  /** Creates the file when it is missing; its entry is not yet durable. */
  readonly create: boolean;
  /** Past the page cache (O_DIRECT): address, length and position must be multiples of 4 KiB, else EINVAL. */
  readonly direct?: boolean;
}

export interface FileHandle {
  /** Writes at a byte position; returns how many bytes were taken, which may be fewer than given. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  /** Reads from a byte position; returns how many bytes came, 0 at the end. */
  read(target: Uint8Array, position: number): Promise<number>;
  /** Makes durable what was written to the file, through whichever handle, and its size; not its entry. */
  syncData(): Promise<void>;
  close(): Promise<void>;
}

/** Whether `error` is the system's error with one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(error.code as string);
}
