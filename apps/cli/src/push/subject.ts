/** What a push speaks of: one file, wherever its bytes are. */
export interface Subject {
  /** As it is shown: what was typed, and below a folder the way to the file. */
  readonly path: string;
  readonly filename: string;
  /**
   * Of a file that was found in a folder: the way to it, from that folder's own name on, with slashes. It goes along
   * as metadata `path`.
   */
  readonly relativePath: string | null;
  /** Null while nobody knows it. */
  readonly sizeBytes: number | null;
}

/** A file on this computer. */
export interface LocalFile extends Subject {
  /** Absolute, links followed: what the journal knows the file by. */
  readonly realPath: string;
  readonly sizeBytes: number;
  /** ISO 8601, to the millisecond. */
  readonly lastModified: string;
}
