import type { FileHandle } from "../src/source/file-handle.ts";

/** What is used of the origin's private files, so that nothing else of the DOM is needed. */
interface WritableHandle extends FileHandle {
  createWritable(): Promise<{ write(bytes: Uint8Array): Promise<void>; close(): Promise<void> }>;
}
export interface PrivateFolder {
  getDirectoryHandle(name: string, options?: { readonly create: boolean }): Promise<PrivateFolder>;
  getFileHandle(name: string, options?: { readonly create: boolean }): Promise<WritableHandle>;
  keys(): AsyncIterable<string>;
}

export function privateRoot(): Promise<PrivateFolder> {
  const { storage } = navigator as unknown as { storage: { getDirectory(): Promise<PrivateFolder> } };
  return storage.getDirectory();
}

/** A file of the origin's own: its handle can be kept, and may always be read. */
export async function privateFile(bytes: Uint8Array): Promise<WritableHandle> {
  const handle = await (await privateRoot()).getFileHandle(`file-${crypto.randomUUID()}.bin`, { create: true });
  await rewrite(handle, bytes);
  return handle;
}

export async function rewrite(handle: WritableHandle, bytes: Uint8Array): Promise<void> {
  const writable = await handle.createWritable();
  await writable.write(bytes);
  await writable.close();
}
