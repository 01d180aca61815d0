import type { SpoolAnswer, SpoolRequest } from "./worker-messages.ts";

/** What is used of a worker and of its private files, so that nothing else of the DOM is needed. */
interface Access {
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  truncate(sizeBytes: number): void;
  flush(): void;
  close(): void;
}
interface Folder {
  getDirectoryHandle(name: string, options: { readonly create: true }): Promise<Folder>;
  getFileHandle(
    name: string,
    options: { readonly create: true },
  ): Promise<{ createSyncAccessHandle(): Promise<Access> }>;
  removeEntry(name: string): Promise<void>;
}
interface WorkerScope {
  readonly navigator: { readonly storage: { getDirectory(): Promise<Folder> } };
  onmessage: ((event: { readonly data: SpoolRequest }) => void) | null;
  postMessage(answer: SpoolAnswer): void;
}

const scope = globalThis as unknown as WorkerScope;
const pieceBytes = 4 * 1_048_576;

/** One copy at a time: whoever asks waits for the answer. */
let isStopped = false;

scope.onmessage = ({ data }) => {
  isStopped = data.kind === "stop";
  if (data.kind !== "copy") return;
  copy(data.folder, data.spoolId, data.blob).then(
    (kind) => scope.postMessage({ kind }),
    ({ name, message }: Error) => scope.postMessage({ kind: "failed", name, message }),
  );
};

async function copy(folderName: string, spoolId: string, blob: Blob): Promise<"copied" | "stopped" | "unreadable"> {
  const root = await scope.navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(folderName, { create: true });
  const file = await folder.getFileHandle(spoolId, { create: true });
  let outcome: "copied" | "stopped" | "unreadable" | null = null;
  try {
    const access = await file.createSyncAccessHandle();
    try {
      outcome = await write(access, blob);
    } finally {
      access.close();
    }
    return outcome;
  } finally {
    if (outcome !== "copied") await folder.removeEntry(spoolId);
  }
}

async function write(access: Access, blob: Blob): Promise<"copied" | "stopped" | "unreadable"> {
  for (let at = 0; at < blob.size; ) {
    const piece = await blob
      .slice(at, at + pieceBytes)
      .arrayBuffer()
      .catch(() => null);
    if (isStopped) return "stopped";
    if (piece === null || piece.byteLength === 0) return "unreadable";
    const bytes = new Uint8Array(piece);
    for (let written = 0; written < bytes.length; ) {
      const count = access.write(bytes.subarray(written), { at: at + written });
      // A full storage is told by an exception in some browsers, and by fewer bytes in others.
      if (count === 0) throw Object.assign(new Error("Nothing more fits."), { name: "QuotaExceededError" });
      written += count;
    }
    at += bytes.length;
  }
  access.truncate(blob.size);
  access.flush();
  return "copied";
}
