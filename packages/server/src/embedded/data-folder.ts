import { mkdir, open } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/** Where everything is kept, below one folder. */
export interface DataFolder {
  readonly path: string;
  readonly ledgerPath: string;
  readonly blobsPath: string;
}

/** Creates the folder for its owner alone where it is missing, and makes its existence durable. */
export async function openDataFolder(dataDir: string): Promise<DataFolder> {
  const path = resolve(dataDir);
  const firstCreated = await mkdir(path, { recursive: true, mode: 0o700 });
  if (firstCreated !== undefined) {
    for (let folder = path; folder.length >= firstCreated.length; folder = dirname(folder)) {
      await syncFolder(dirname(folder));
    }
  }
  return { path, ledgerPath: join(path, "ledger.sqlite"), blobsPath: join(path, "blobs") };
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
