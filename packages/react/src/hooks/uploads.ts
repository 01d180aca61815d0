import type { StorageStanding, Uploader, UploadState } from "@hawser/client";
import { useCallback } from "react";
import { useProvided } from "../state/context.ts";
import type { UploadsSnapshot, UploadView } from "../state/uploads-store.ts";
import { useSelected } from "../state/use-selected.ts";

/** The uploader. Null on a server, and in the first render below a provider that makes its own. */
export function useUploader(): Uploader | null {
  return useProvided().store.uploader;
}

/** One upload, by the id of its state; null when there is none with it. */
export function useUpload(id: string): UploadView | null {
  return useSelected(useCallback(({ byId }: UploadsSnapshot) => byId.get(id) ?? null, [id]));
}

/** The states of all uploads, oldest first, at most four times a second. */
export function useUploads(): readonly UploadState[];
/**
 * What `select` makes of the states. The component renders only when that has changed: the same object, or an array or
 * plain object with the same members, counts as unchanged.
 */
export function useUploads<T>(select: (states: readonly UploadState[]) => T): T;
export function useUploads<T>(select?: (states: readonly UploadState[]) => T): T | readonly UploadState[] {
  return useSelected(
    useCallback(({ states }: UploadsSnapshot): T | readonly UploadState[] => select?.(states) ?? states, [select]),
  );
}

/** How well this browser keeps what is owed; null while there is no uploader. */
export function useStorage(): StorageStanding | null {
  return useSelected(storageOf);
}

const storageOf = ({ storage }: UploadsSnapshot) => storage;
