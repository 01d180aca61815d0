/** A file that a person gave, under the path that it has in the folder that was given. */
export interface Picked {
  readonly file: File;
  /** `photos/day 1/a.jpg`; the plain name when the file was given alone. */
  readonly name: string;
}

/** What came out of a drop or a picker: a file, or null for something that could not be read. */
export type Found = Picked | null;

/** Files of an input; those of a folder bring their paths. */
export function pickedFrom(files: Iterable<File>): Picked[] {
  return Array.from(files, (file) => ({ file, name: file.webkitRelativePath || file.name }));
}

/**
 * Everything below what was dropped, folder by folder, in the order of their names.
 *
 * The entries have to be taken in the event's own turn: afterwards the browser has emptied the transfer.
 */
export function droppedIn(transfer: Pick<DataTransfer, "items" | "files">): AsyncIterable<Found> {
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  return entries.length > 0 ? walk(entries) : asAsync(pickedFrom(transfer.files));
}

async function* asAsync(picked: readonly Picked[]): AsyncGenerator<Found> {
  yield* picked;
}

async function* walk(entries: readonly FileSystemEntry[]): AsyncGenerator<Found> {
  for (const entry of entries) {
    if (isFile(entry)) yield await readFile(entry);
    else if (isFolder(entry)) yield* walkFolder(entry);
  }
}

async function* walkFolder(folder: FileSystemDirectoryEntry): AsyncGenerator<Found> {
  const children: FileSystemEntry[] = [];
  const reader = folder.createReader();
  try {
    // A folder is told in parts; an empty one is the end.
    for (let part = await readPart(reader); part.length > 0; part = await readPart(reader)) children.push(...part);
  } catch {
    yield null;
  }
  yield* walk(children.sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true })));
}

function readPart(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

function readFile(entry: FileSystemFileEntry): Promise<Found> {
  return new Promise((resolve) =>
    entry.file(
      (file) => resolve({ file, name: entry.fullPath.replace(/^\//, "") || file.name }),
      () => resolve(null),
    ),
  );
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
