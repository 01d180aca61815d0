import { toHex } from "@hawser/protocol";
import { describe, expect, test } from "vitest";
import type { Platform } from "../../src/platform.ts";

/** What every platform promises. */
export function platformContract(kind: string, platform: Platform): void {
  describe(`a platform: ${kind}`, () => {
    test("[S4] SHA-256 of one buffer and over many pieces is the published one", async () => {
      const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
      const nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
      const millionA = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
      expect(toHex(await platform.sha256(new TextEncoder().encode("abc")))).toBe(abc);
      expect(toHex(await platform.sha256(new Uint8Array(0)))).toBe(nothing);
      expect(toHex(await platform.createSha256().digest())).toBe(nothing);
      const hash = platform.createSha256();
      for (let piece = 0; piece < 100; piece++) await hash.update(new Uint8Array(10_000).fill(97));
      expect(toHex(await hash.digest())).toBe(millionA);
    });

    test("[S4] hashes the part of a buffer that it is given", async () => {
      const bytes = new TextEncoder().encode("__abc__").subarray(2, 5);
      expect(await platform.sha256(bytes)).toEqual(await platform.sha256(new TextEncoder().encode("abc")));
    });

    test("[R5] ids are 128 bits, plain text, and never the same", () => {
      const ids = new Set(Array.from({ length: 1_000 }, () => platform.createId()));
      expect(ids.size).toBe(1_000);
      for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
    });

    test("[S16] sleeping ends by time or by the signal, with its reason", async () => {
      const { signal } = new AbortController();
      const start = platform.monotonic();
      await platform.sleep(5, signal);
      expect(platform.monotonic() - start).toBeGreaterThan(3);
      const reason = new Error("stopped");
      await expect(platform.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
      const stop = new AbortController();
      const sleeping = platform.sleep(60_000, stop.signal);
      stop.abort(reason);
      await expect(sleeping).rejects.toBe(reason);
    });

    test("[S16] time and chance are in their units", () => {
      expect(platform.now()).toBeGreaterThan(1_700_000_000_000);
      for (let time = 0; time < 100; time++) expect(platform.random()).toBeLessThan(1);
      expect(platform.online()).toBe(true);
    });
  });
}
