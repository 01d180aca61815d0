/** What browsers based on Chromium have and the types of the platform do not: files that can be found again later. */
interface HandlePicker {
  readonly showOpenFilePicker?: (options: { readonly multiple: boolean }) => Promise<FileSystemFileHandle[]>;
}
interface HandleItem {
  readonly getAsFileSystemHandle?: () => Promise<FileSystemHandle | null>;
}

/**
 * Lets the person choose files that the browser can find again after a restart. To be called from a click.
 * @returns null where the browser has no such dialog or refuses it: the input of the page does then; an empty list when
 *   the person chose nothing
 */
export async function chooseHandles(multiple: boolean): Promise<readonly FileSystemFileHandle[] | null> {
  const { showOpenFilePicker } = window as HandlePicker;
  if (showOpenFilePicker === undefined) return null;
  try {
    return await showOpenFilePicker.call(window, { multiple });
  } catch (error) {
    return error instanceof DOMException && error.name === "AbortError" ? [] : null;
  }
}

/** The handle of each dropped thing, asked for in the event's own turn; null where the browser gives none. */
export function handlesIn(items: Iterable<DataTransferItem>): Promise<FileSystemHandle | null>[] {
  return Array.from(items, async (item: HandleItem & DataTransferItem) => {
    try {
      return (await item.getAsFileSystemHandle?.()) ?? null;
    } catch {
      // A folder that the browser protects; its entries may still be read.
      return null;
    }
  });
}

export function fileHandleOf(handle: FileSystemHandle): FileSystemFileHandle | null {
  return handle.kind === "file" ? (handle as FileSystemFileHandle) : null;
}

export function directoryItems(handle: FileSystemHandle): AsyncIterable<FileSystemHandle> {
  return (handle as FileSystemDirectoryHandle).values();
}
