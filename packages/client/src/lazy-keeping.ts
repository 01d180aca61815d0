import type { Keeping } from "./keeping.ts";
import { loadPart } from "./part.ts";
import type { Platform } from "./platform.ts";
import type { FileHandle } from "./source/file-handle.ts";
import type { StorageStanding } from "./uploader-api.ts";

/** Nothing is known before the code is loaded. */
const unknown: StorageStanding = { isDurable: false, isPersisted: null, spoolBytes: 0, trouble: null };
const loadAttempts = 6;
const loadDelayMs = 500;

/**
 * The same as `openKeeping`, whose code is loaded first. Whoever asks meanwhile waits.
 * @param name of the database
 */
export function keepInBrowser(name: string, maxSpoolBytes: number | undefined, platform: Platform): Keeping {
  const holder = platform.createId();
  const handles = new Map<string, FileHandle>();
  const closing = new AbortController();
  let keeping: Keeping | undefined;
  const opening = load(platform, closing.signal)
    .then(({ openKeeping }) => openKeeping({ name, holder, handles, maxSpoolBytes, platform }))
    .then((opened) => {
      keeping = opened;
      return opened;
    });
  // Whoever needs it hears of it.
  opening.catch(() => undefined);
  const journal = () => opening.then((opened) => opened.journal);
  const shared = () => journal().then((opened) => opened.shared as NonNullable<typeof opened.shared>);
  return {
    journal: {
      load: async () => (await journal()).load(),
      put: async (record) => (await journal()).put(record),
      remove: async (id) => (await journal()).remove(id),
      close: async () => {
        closing.abort();
        await opening.then(
          (opened) => opened.journal.close(),
          () => undefined,
        );
      },
      shared: {
        holder,
        peek: async () => (await shared()).peek(),
        claim: async (seen) => (await shared()).claim(seen),
      },
    },
    keeper: {
      get standing() {
        return keeping?.keeper.standing ?? unknown;
      },
      onChange: (listener) =>
        void opening.then(
          ({ keeper }) => {
            keeper.onChange(listener);
            listener();
          },
          () => undefined,
        ),
      keep: (job) => {
        const { handle, origin } = job.source;
        // Before the record that names it is written.
        if (handle && origin?.kind === "handle") handles.set(origin.handleId, handle);
        opening.then(
          ({ keeper }) => keeper.keep(job),
          () => undefined,
        );
      },
    },
    openSource: async (...asked) => (await opening).openSource(...asked),
  };
}

async function load(platform: Platform, signal: AbortSignal): Promise<typeof import("./keeping.ts")> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await loadPart(import("./keeping.ts"));
    } catch (error) {
      if (attempt === loadAttempts) throw error;
      await platform.sleep(loadDelayMs * 2 ** attempt, signal);
    }
  }
}
