import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const stepBytes = 2 ** 30;
const bufferBytes = 2 ** 20;
/** The smallest drop of free memory that shows that reading still takes free pages instead of cached ones. */
const leastDropBytes = stepBytes / 4;
const enoughFreeBytes = stepBytes / 2;

/**
 * Keeps the machine's memory full of page cache, so that what a server writes goes into pages that were used before.
 * A virtual machine may hand free memory back to its host, and taking it again can cost ten times the write itself
 * (0.2 against 2 CPU-seconds per GB were seen); whichever variant came first would pay. The filling is the zeroes of
 * a sparse file, which takes no disk and whose pages the kernel drops as soon as it wants them.
 */
export class PageCache {
  readonly #fd: number;
  readonly #sizeBytes: number;
  #position = 0;

  constructor() {
    const folder = mkdtempSync(join(tmpdir(), "hawser-bench-"));
    const path = join(folder, "zeroes");
    this.#fd = openSync(path, "w+");
    this.#sizeBytes = 2 * memoryField("MemTotal");
    ftruncateSync(this.#fd, this.#sizeBytes);
    // Without a name it goes by itself when the bench ends, whatever way that is.
    rmSync(folder, { recursive: true });
  }

  /** Reads on until little is free, or until reading no longer takes from what is free. */
  fill(): void {
    const buffer = Buffer.allocUnsafe(bufferBytes);
    let free = memoryField("MemFree");
    for (let filled = 0; filled < this.#sizeBytes && free > enoughFreeBytes; filled += stepBytes) {
      for (let read = 0; read < stepBytes; read += bufferBytes) {
        readSync(this.#fd, buffer, 0, bufferBytes, this.#position);
        this.#position = (this.#position + bufferBytes) % (this.#sizeBytes - bufferBytes);
      }
      const left = memoryField("MemFree");
      if (free - left < leastDropBytes) return;
      free = left;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function memoryField(name: string): number {
  const text = readFileSync("/proc/meminfo", "utf8");
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) * 1_024;
}
