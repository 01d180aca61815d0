import { blobSource } from "@hawser/client";

/** A file that was picked: nothing but its bytes, and only while this page lives. */
export function sourceOf(file: File): ReturnType<typeof blobSource> {
  return blobSource(file);
}

/** Files that were dropped. */
export async function sourcesIn(transfer: DataTransfer): Promise<ReturnType<typeof sourceOf>[]> {
  return Array.from(transfer.files, sourceOf);
}
