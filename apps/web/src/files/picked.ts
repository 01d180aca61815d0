import { directoryItems, fileHandleOf, handlesIn } from "./file-handles.ts";

/** A file that a person gave, under the path that it has in the folder that was given. */
export interface Picked {
  readonly file: File;
  /** `photos/day 1/a.jpg`; the plain name when the file was given alone. */
  readonly name: string;
  /** By which the browser can find the file again; null where it has no such thing. */
  readonly handle: FileSystemFileHandle | null;
}

/** What came out of a drop or a picker: a file, or null for something that could not be read. */
export type Found = Picked | null;

/** Files of an input; those of a folder bring their paths. */
export function pickedFrom(files: Iterable<File>): Picked[] {
  return Array.from(files, (file) => ({ file, name: file.webkitRelativePath || file.name, handle: null }));
}

/** Files of a picker that gives handles, in the order in which they were chosen. */
export async function* pickedByHandle(handles: Iterable<FileSystemFileHandle>): AsyncGenerator<Found> {
  for (const handle of handles) yield await readHandle(handle, handle.name);
}

/**
 * Everything below what was dropped, folder by folder, in the order of their names.
 *
 * Entries and handles have to be taken in the event's own turn: afterwards the browser has emptied the transfer.
 */
export function droppedIn(transfer: Pick<DataTransfer, "items" | "files">): AsyncIterable<Found> {
  const handles = handlesIn(transfer.items);
  const dropped = Array.from(transfer.items, (item, index) => ({
    entry: item.webkitGetAsEntry(),
    handle: handles[index] ?? Promise.resolve(null),
  })).filter(({ entry }) => entry !== null);
  return dropped.length > 0 ? walkDropped(dropped) : asAsync(pickedFrom(transfer.files));
}

interface Dropped {
  readonly entry: FileSystemEntry | null;
  readonly handle: Promise<FileSystemHandle | null>;
}

async function* asAsync(picked: readonly Picked[]): AsyncGenerator<Found> {
  yield* picked;
}

async function* walkDropped(dropped: readonly Dropped[]): AsyncGenerator<Found> {
  for (const { entry, handle } of dropped) {
    const known = await handle;
    if (known !== null) yield* walkHandle(known, known.name);
    else if (entry !== null) yield* walk([entry]);
  }
}

async function* walkHandle(handle: FileSystemHandle, path: string): AsyncGenerator<Found> {
  const file = fileHandleOf(handle);
  if (file !== null) yield await readHandle(file, path);
  else {
    const children: FileSystemHandle[] = [];
    try {
      for await (const child of directoryItems(handle)) children.push(child);
    } catch {
      yield null;
    }
    for (const child of children.sort(byName)) yield* walkHandle(child, `${path}/${child.name}`);
  }
}

async function readHandle(handle: FileSystemFileHandle, path: string): Promise<Found> {
  try {
    return { file: await handle.getFile(), name: path, handle };
  } catch {
    return null;
  }
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
  yield* walk(children.sort(byName));
}

/** Made once: comparing ten thousand names through `localeCompare` holds a page up for half a second. */
const names = new Intl.Collator("en", { numeric: true });

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return names.compare(a.name, b.name);
}

function readPart(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

function readFile(entry: FileSystemFileEntry): Promise<Found> {
  return new Promise((resolve) =>
    entry.file(
      (file) => resolve({ file, name: entry.fullPath.replace(/^\//, "") || file.name, handle: null }),
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
