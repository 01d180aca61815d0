import { join } from "node:path";
import { HawserError } from "@hawser/protocol";
import { type FileSystem, hasCode } from "./file-system.ts";
import { readWhole, writeWhole } from "./whole-io.ts";

const probeBytes = 4_096;

/**
 * Writes a file into the folder, syncs it, reads it back and removes it.
 * @throws the system's error, or HawserError `storage_fenced` when other bytes come back
 */
export async function probeFolder(fileSystem: FileSystem, folder: string): Promise<void> {
  const path = join(folder, "probe");
  const bytes = Uint8Array.from({ length: probeBytes }, (_, index) => index % 251);
  // A probe that was cut short may have left its file, with the very bytes that this one looks for.
  await unlinkIfThere(fileSystem, path);
  const handle = await fileSystem.open(path, { create: true });
  try {
    await writeWhole(handle, bytes, 0);
    await handle.syncData();
    await fileSystem.syncDirectory(folder);
    const back = new Uint8Array(probeBytes);
    const count = await readWhole(handle, back, 0);
    if (count !== probeBytes || back.some((byte, index) => byte !== bytes[index])) {
      throw new HawserError("storage_fenced", { detail: "The storage gave back other bytes than were written." });
    }
  } finally {
    await handle.close();
  }
  await unlinkIfThere(fileSystem, path);
  await fileSystem.syncDirectory(folder);
}

async function unlinkIfThere(fileSystem: FileSystem, path: string): Promise<void> {
  try {
    await fileSystem.unlink(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}
