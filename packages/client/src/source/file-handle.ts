/** What a browser says about leave to read; the words are its own. */
type Leave = "granted" | "denied" | "prompt";

/**
 * The browser's `FileSystemFileHandle`, as far as it is used: it leads to the same file in later lives, and can be kept
 * in IndexedDB. Browsers without files of the system have it too, for their own private files.
 */
export interface FileHandle {
  readonly kind: "file";
  readonly name: string;
  getFile(): Promise<File>;
  /** Absent where nobody is ever asked. */
  queryPermission?(descriptor: { readonly mode: "read" }): Promise<Leave>;
  requestPermission?(descriptor: { readonly mode: "read" }): Promise<Leave>;
}
