import type { IncrementalSha256 } from "./platform.ts";

/**
 * SHA-256 over many pieces where the runtime has only the one over a whole buffer. The code for it is loaded when the
 * first one is used, so that nobody pays for it who never asks for a full hash. Plain JavaScript on purpose: a page's
 * security policy may forbid WebAssembly. A piece belongs to it until the promise of `update` resolves.
 */
export function createLazySha256(): IncrementalSha256 {
  const loading = import("@noble/hashes/sha2.js").then(({ sha256 }) => sha256.create());
  // A failed load is told by whoever comes next, not by the process.
  loading.catch(() => undefined);
  return {
    update: async (bytes) => void (await loading).update(bytes),
    digest: async () => (await loading).digest(),
  };
}
