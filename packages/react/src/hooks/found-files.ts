/** A file that a person gave. */
export interface FoundFile {
  readonly file: File;
  /** `photos/day 1/a.jpg`: with the path that it has in the folder that was given. */
  readonly name: string;
  /** With which the browser can open it again later; null where it gives none. */
  readonly handle: FileSystemFileHandle | null;
}

/** Null for something that could not be read. */
export type Found = FoundFile | null;

/** What TypeScript's own declarations of the browser lack so far. */
declare global {
  interface DataTransferItem {
    getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
  }
  interface Window {
    showOpenFilePicker?(options?: { multiple?: boolean }): Promise<FileSystemFileHandle[]>;
    showDirectoryPicker?(): Promise<FileSystemDirectoryHandle>;
  }
}

/** A file or a folder, whichever way the browser gave it. */
interface Given {
  readonly name: string;
  readonly handle: FileSystemFileHandle | null;
  /** Null for a folder. */
  readonly open: (() => Promise<File>) | null;
  readonly list: () => Promise<Given[]>;
}

const none = async () => [];

function ofFile(file: File): Given {
  return { name: file.webkitRelativePath || file.name, handle: null, open: async () => file, list: none };
}

function ofHandle(handle: FileSystemHandle): Given {
  const { kind, name } = handle;
  const file = kind === "file" ? (handle as FileSystemFileHandle) : null;
  return {
    name,
    handle: file,
    open: file && (() => file.getFile()),
    list: async () => {
      const nodes: Given[] = [];
      for await (const child of (handle as FileSystemDirectoryHandle).values()) nodes.push(ofHandle(child));
      return nodes;
    },
  };
}

function ofEntry(entry: FileSystemEntry): Given {
  return {
    name: entry.name,
    handle: null,
    open: entry.isFile
      ? () => new Promise((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
      : null,
    list: async () => {
      const reader = (entry as FileSystemDirectoryEntry).createReader();
      const entries: FileSystemEntry[] = [];
      // A folder is told in parts; an empty one is the end.
      for (let part = null; part !== 0; ) {
        const read = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
        entries.push(...read);
        part = read.length;
      }
      return entries.map(ofEntry);
    },
  };
}

/** Made once: comparing ten thousand names through `localeCompare` holds a page up for half a second. */
const names = new Intl.Collator("en", { numeric: true });

/** Everything at and below `nodes`, folder by folder, in the order of their names. */
async function* walk(nodes: readonly Given[], path = ""): AsyncGenerator<Found> {
  for (const { name, handle, open, list } of nodes) {
    try {
      if (open) yield { file: await open(), name: path + name, handle };
      else {
        const sorted = (await list()).sort((a, b) => names.compare(a.name, b.name));
        yield* walk(sorted, `${path + name}/`);
      }
    } catch {
      yield null;
    }
  }
}

export function filesIn(files: Iterable<File>): AsyncIterable<Found> {
  return walk(Array.from(files, ofFile));
}

/** What was taken out of a drop or a paste in its own turn: see `takeItems`. */
export type Taken = readonly [
  handle: Promise<FileSystemHandle | null> | undefined,
  entry: FileSystemEntry | null,
  file: File | null,
];

export async function* filesTaken(taken: readonly Taken[]): AsyncGenerator<Found> {
  for (const [asking, entry, file] of taken) {
    const handle = await asking?.catch(() => null);
    yield* walk(handle ? [ofHandle(handle)] : entry ? [ofEntry(entry)] : file ? [ofFile(file)] : []);
  }
}

export interface PickOptions {
  readonly isFolder?: boolean;
  /** Default: false. */
  readonly isMultiple?: boolean;
  /** As of `<input type="file">`; the browser gives no file handles then. */
  readonly accept?: string | undefined;
}

/** Opens the browser's own dialog: call it from a click. Nothing when the person has closed it. */
export async function pickFiles({ isFolder, isMultiple = false, accept }: PickOptions): Promise<AsyncIterable<Found>> {
  try {
    if (isFolder && window.showDirectoryPicker) return walk([ofHandle(await window.showDirectoryPicker())]);
    if (!isFolder && !accept && window.showOpenFilePicker) {
      return walk((await window.showOpenFilePicker({ multiple: isMultiple })).map(ofHandle));
    }
  } catch (error) {
    // Closed by the person. Anything else: not allowed here, e.g. in a frame of another origin.
    if ((error as Error).name === "AbortError") return walk([]);
  }
  const input = document.createElement("input");
  Object.assign(input, { type: "file", hidden: true, multiple: isMultiple, accept: accept ?? "" });
  input.webkitdirectory = isFolder === true;
  // In the page: elsewhere some browsers forget it before the person has chosen.
  document.body.append(input);
  await new Promise((resolve) => {
    input.onchange = input.oncancel = resolve;
    input.click();
  });
  input.remove();
  return filesIn(input.files ?? []);
}
