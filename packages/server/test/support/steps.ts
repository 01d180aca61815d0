import { setImmediate } from "node:timers/promises";
import { chunkOffset, limits } from "@hawser/protocol";
import type { BlobStore } from "../../src/ports/blob-store.ts";
import type { CommitEntry, Facts } from "../../src/ports/facts.ts";

interface Rule {
  readonly prefix: string;
  readonly error: unknown;
  readonly opened: PromiseWithResolvers<void> | null;
}

/**
 * The steps that a store and a ledger take, in the order in which they begin, as text: `write 3 0+1048576`, `sync`,
 * `commit chunk 3`. A test reads them, waits for one, holds some back or makes them fail.
 */
export class Steps {
  readonly taken: string[] = [];
  #rules: Rule[] = [];
  readonly #watchers = new Set<() => void>();

  /** Called by whoever takes a step, before it does. */
  async take(step: string): Promise<void> {
    this.taken.push(step);
    for (const watch of this.#watchers) watch();
    for (const rule of this.#rules.filter(({ prefix }) => step.startsWith(prefix))) {
      await rule.opened?.promise;
      if (rule.error !== undefined) throw rule.error;
    }
  }

  /** Steps that begin with `prefix` wait from now on, until the returned function is called; then they go on, or fail with `error`. */
  hold(prefix: string, error?: unknown): () => void {
    const rule: Rule = { prefix, error, opened: Promise.withResolvers() };
    this.#rules.push(rule);
    return () => {
      if (error === undefined) this.#rules = this.#rules.filter((one) => one !== rule);
      rule.opened?.resolve();
    };
  }

  /** Steps that begin with `prefix` fail from now on. */
  fail(prefix: string, error: unknown): void {
    this.#rules.push({ prefix, error, opened: null });
  }

  /** No step is held back or fails any more, but those that wait already. */
  allow(): void {
    this.#rules = [];
  }

  /** Resolves once `count` steps that begin with `prefix` have begun. */
  async reached(prefix: string, count = 1): Promise<void> {
    while (this.count(prefix) < count) {
      await new Promise<void>((resolve) => {
        const watch = () => {
          this.#watchers.delete(watch);
          resolve();
        };
        this.#watchers.add(watch);
      });
    }
  }

  count(prefix: string): number {
    return this.taken.filter((step) => step.startsWith(prefix)).length;
  }

  /** Forgets what was taken so far. */
  clear(): void {
    this.taken.length = 0;
  }
}

/** A storage error as Node throws it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made by a test`), { code });
}

/** Lets everything that is ready go on: for asserting that nothing more happens. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await setImmediate();
}

/** A store whose writes and syncs are steps. Bytes are copied when a write is let go on, so memory given back early shows. */
export function stepStore(store: BlobStore, steps: Pick<Steps, "take">): BlobStore {
  const capacity = store.capacity?.bind(store);
  return {
    runAlign: store.runAlign,
    prefixInPlace: store.prefixInPlace,
    read: (id, position, target) => store.read(id, position, target),
    readPrefix: (id, chunk, target) => store.readPrefix(id, chunk, target),
    list: () => store.list(),
    probe: () => store.probe(),
    ...(capacity === undefined ? {} : { capacity }),
    writeChunks: async (id, first, chunks) => {
      const sizeBytes = chunks.reduce((sum, { length }) => sum + length, 0);
      await steps.take(`write ${first} 0+${sizeBytes}`);
      await store.writeChunks(id, first, chunks);
    },
    writePrefix: async (id, chunk, from, bytes) => {
      await steps.take(`write ${chunk} ${from}+${bytes.length}`);
      await store.writePrefix(id, chunk, from, bytes);
    },
    sync: async (id) => {
      await steps.take(`sync ${id}`);
      await store.sync(id);
    },
    remove: async (id) => {
      await steps.take(`remove ${id}`);
      await store.remove(id);
    },
    close: async () => {
      await steps.take("close");
      await store.close();
    },
  };
}

/** Facts whose calls on the way of bytes are steps. */
export function stepFacts(facts: Facts, steps: Pick<Steps, "take">): Facts {
  const name = (entry: CommitEntry) =>
    `${entry.kind} ${entry.chunk}${entry.kind === "prefix" ? ` ${entry.sizeBytes}` : ""}`;
  return {
    ...facts,
    admitRun: async (request) => {
      await steps.take(`admit ${request.first}-${request.last}`);
      return facts.admitRun(request);
    },
    slot: async (key, chunk) => {
      await steps.take(`slot ${chunk}`);
      return facts.slot(key, chunk);
    },
    commit: async (entries) => {
      await steps.take(`commit ${entries.map(name).join(", ")}`);
      return facts.commit(entries);
    },
    abandonOneShot: async (owner, id) => {
      await steps.take("abandon");
      return facts.abandonOneShot(owner, id);
    },
    dropPrefix: async (key, chunk) => {
      await steps.take(`drop ${chunk}`);
      return facts.dropPrefix(key, chunk);
    },
  };
}

/** The stored bytes of one chunk, or of its prefix. */
export async function storedChunk(store: BlobStore, id: string, chunk: number, sizeBytes: number): Promise<Buffer> {
  const target = Buffer.alloc(Math.min(sizeBytes, limits.chunkSizeBytes));
  const read = await store.read(id, chunkOffset(chunk), target);
  return target.subarray(0, read);
}
