import { createHash, randomBytes, webcrypto } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Platform } from "./platform.ts";

/** Node's. Its network counts as there: nobody tells when it is not, and a failed request says enough. */
export const nodePlatform: Platform = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (delayMs, signal) => {
    try {
      await delay(delayMs, undefined, { signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  },
  random: () => Math.random(),
  createId: () => randomBytes(16).toString("hex"),
  // Not `createHash`: this one leaves the thread free for the network while it hashes.
  sha256: async (bytes) => new Uint8Array(await webcrypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>)),
  createSha256: () => {
    const hash = createHash("sha256");
    return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
  },
  online: () => true,
  onOnlineChange: () => () => undefined,
};
