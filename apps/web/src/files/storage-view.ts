import type { StorageStanding } from "@hawser/client";
import { type StorageTrouble, storageWords } from "./words/storage-words.ts";

/** Whether what is on its way outlives this page: the record of it, and the files or copies of them. */
export function keepsAll({ isDurable, trouble }: StorageStanding): boolean {
  return isDurable && trouble === null;
}

/** What a person has to know of how this browser keeps things; null while it keeps all. */
export function storageTrouble({ isDurable, trouble }: StorageStanding): StorageTrouble | null {
  if (!isDurable) return storageWords.notDurable;
  if (trouble === null) return null;
  return trouble.code === "storage_full" ? storageWords.full : storageWords.failed;
}
