import { describe, expect, test } from "vitest";
import type { Spool } from "../../src/spool/spool.ts";
import { patternBytes } from "../../src/testing/index.ts";
import { privateFile, rewrite } from "../private-files.ts";
import { isSame } from "../same.ts";

const never = new AbortController().signal;
const blobOf = (bytes: Uint8Array) => new Blob([bytes as never]);

/** What every place for copies promises. `reopen` gives a second view of the same copies. */
export function spoolContract(kind: string, open: () => { spool: Spool; reopen: () => Spool }): void {
  describe(`a spool: ${kind}`, () => {
    test("[R8] a copy is there, exact, for whoever opens the spool next; until it is removed", async () => {
      const { spool, reopen } = open();
      const sizes = [0, 1, 200_000];
      const copies = sizes.map((size, at) => ({ spoolId: `copy-${at}`, blob: blobOf(patternBytes(size, at + 1)) }));
      const since = Date.now();
      await spool.copy(copies, never);
      const again = reopen();
      const listed = (await again.list()).toSorted((a, b) => (a.spoolId < b.spoolId ? -1 : 1));
      expect(listed).toEqual(
        sizes.map((sizeBytes, at) => ({ spoolId: `copy-${at}`, sizeBytes, changedAt: expect.any(Number) })),
      );
      // File systems count in coarser steps.
      for (const { changedAt } of listed) expect(Math.abs(changedAt - since)).toBeLessThan(60_000);
      for (const { spoolId, blob } of copies) expect(await isSame(await again.open(spoolId), blob)).toBe(true);
      await again.remove("copy-2");
      await again.remove("never-there");
      expect(await spool.open("copy-2")).toBeNull();
      expect(await spool.list()).toHaveLength(2);
      await Promise.all([spool.close(), again.close()]);
    });

    test("[R8] [R9] a file that was edited since leaves no copy, and the next copy is made", async () => {
      const { spool } = open();
      const handle = await privateFile(patternBytes(100_000));
      const before = await handle.getFile();
      await rewrite(handle, patternBytes(100_000, 2));
      const copying = spool.copy([{ spoolId: "edited", blob: before }], never);
      await expect(copying).rejects.toMatchObject({ code: "source_unreadable" });
      expect(await spool.open("edited")).toBeNull();
      await spool.copy([{ spoolId: "good", blob: await handle.getFile() }], never);
      expect(await spool.list()).toMatchObject([{ spoolId: "good" }]);
      await spool.close();
    });

    test("[R8] copying that was given up leaves nothing behind", async () => {
      const { spool } = open();
      const stop = new AbortController();
      const copying = spool.copy([{ spoolId: "stopped", blob: blobOf(patternBytes(200_000)) }], stop.signal);
      stop.abort(new Error("enough"));
      await expect(copying).rejects.toThrow("enough");
      expect(await spool.list()).toEqual([]);
      await spool.close();
    });
  });
}
