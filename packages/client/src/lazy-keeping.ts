import type { Keeping } from "./keeping.ts";
import { loadPart } from "./part.ts";
import type { Platform } from "./platform.ts";
import type { FileHandle } from "./source/file-handle.ts";
import { type Keeper, nothingKept } from "./source/keeper.ts";
import type { StorageStanding } from "./uploader-api.ts";

/** Tried so often, with pauses that grow from this one. */
const loadAttempts = 6;
const loadDelayMs = 500;

export interface KeptInBrowser extends Pick<Keeping, "journal" | "openSource"> {
  readonly keeper: Keeper;
}

/**
 * The same as `openKeeping`, whose code is loaded first. Whoever asks meanwhile waits.
 * @param name of the database
 */
export function keepInBrowser(name: string, maxSpoolBytes: number | undefined, platform: Platform): KeptInBrowser {
  const holder = platform.createId();
  const handles = new Map<string, FileHandle>();
  const closing = new AbortController();
  let standing = nothingKept;
  let onChange = () => {};
  const onStanding = (now: StorageStanding) => {
    standing = now;
    onChange();
  };
  const opening = load(platform, closing.signal).then(({ openKeeping }) =>
    openKeeping({ name, holder, handles, maxSpoolBytes, platform, onStanding }),
  );
  // Whoever needs it hears of it.
  opening.catch(() => {});
  const later =
    <A extends unknown[], T>(part: (keeping: Keeping) => (...given: A) => T | Promise<T>) =>
    async (...given: A): Promise<T> =>
      part(await opening)(...given);
  const keep = later((keeping) => keeping.keep);
  const close = later(({ journal }) => journal.close);
  return {
    journal: {
      load: later(({ journal }) => journal.load),
      put: later(({ journal }) => journal.put),
      remove: later(({ journal }) => journal.remove),
      close: async () => {
        closing.abort();
        // What could not be loaded has nothing to close.
        await close().catch(() => {});
      },
      shared: {
        name,
        holder,
        peek: later(({ journal }) => journal.shared.peek),
        claim: later(({ journal }) => journal.shared.claim),
      },
    },
    keeper: {
      get standing() {
        return standing;
      },
      onChange: (listener) => {
        onChange = listener;
      },
      keep: (job) => {
        const { handle, origin } = job.source;
        // Before the record that names it is written.
        if (handle && origin?.kind === "handle") handles.set(origin.handleId, handle);
        keep(job).catch(() => {});
      },
    },
    openSource: later((keeping) => keeping.openSource),
  };
}

async function load(platform: Platform, signal: AbortSignal, attempt = 1): Promise<typeof import("./keeping.ts")> {
  try {
    return await loadPart(import("./keeping.ts"));
  } catch (error) {
    if (attempt === loadAttempts) throw error;
    await platform.sleep(loadDelayMs * 2 ** attempt, signal);
    return load(platform, signal, attempt + 1);
  }
}
