import { blobSource, type FileHandle, handleSource } from "@hawser/client";

type Source = ReturnType<typeof blobSource>;

/** A file that was picked: nothing but its bytes, and only while this page lives. */
export function sourceOf(file: File): Source {
  return blobSource(file);
}

/** Files that were dropped, with the handles that a browser gives of them. */
export function sourcesIn(transfer: DataTransfer): Promise<Source[]> {
  // All handles have to be asked for in the event's own turn.
  const handles = Array.from(transfer.items, (item) => (item as unknown as HandledItem).getAsFileSystemHandle());
  return Promise.all(handles.map(async (handle) => handleSource(await handle)));
}

/** What Chromium has of an item, and not every browser. */
interface HandledItem {
  getAsFileSystemHandle(): Promise<FileHandle>;
}
