import { blobSource, type Source, type Uploader, type UploadHandle } from "@hawser/client";
import type { Found, FoundFile } from "./found-files.ts";
import type { Adding, DropZoneOptions } from "./use-drop-zone.ts";

// What is needed once a person has given something; loaded before that, see `loadAdding`.
export { filesIn, filesTaken, pickFiles } from "./found-files.ts";

/** So long may adding keep the page busy before it lets others in. */
const maxBusyMs = 12;

export const toBlobSource = ({ file, name, handle }: FoundFile): Source => blobSource(file, { name }, handle);

/** Adds all that is found. It goes on when the component is gone: what a person has given is not dropped. */
export async function addAll(
  uploader: Uploader,
  found: AsyncIterable<Found>,
  { toOptions = () => ({}), toSource = toBlobSource, onAdded, isMultiple = true }: DropZoneOptions,
  show: (adding: Adding) => void,
): Promise<void> {
  const handles: UploadHandle[] = [];
  let unreadable = 0;
  let busySinceMs = performance.now();
  show({ adding: 0, unreadable });
  for await (const one of found) {
    if (!isMultiple && handles.length > 0) break;
    const options = one && toOptions(one);
    if (one === null) unreadable++;
    else if (options !== null) handles.push(uploader.add(await toSource(one), options));
    if (performance.now() - busySinceMs < maxBusyMs) continue;
    show({ adding: handles.length, unreadable });
    await new Promise((resolve) => setTimeout(resolve));
    busySinceMs = performance.now();
  }
  show({ adding: null, unreadable });
  if (handles.length > 0) onAdded?.(handles);
}
