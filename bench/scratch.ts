import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Folders for what servers store. They stay until the measure ends, because deleting between rounds makes the next
 * round pay (file systems avoid inodes that were just freed, and some machines take freed memory back); only when
 * the budget is spent the oldest ones go.
 */
export class Scratch {
  readonly #budgetBytes: number;
  readonly #folders: { readonly path: string; readonly sizeBytes: number }[] = [];
  readonly #kept: string[] = [];

  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
  }

  /** A new empty folder into which about `sizeBytes` will go. */
  folder(sizeBytes: number): string {
    let used = this.#folders.reduce((sum, folder) => sum + folder.sizeBytes, sizeBytes);
    while (used > this.#budgetBytes && this.#folders.length > 0) {
      const oldest = this.#folders.shift();
      if (oldest === undefined) break;
      remove(oldest.path);
      used -= oldest.sizeBytes;
    }
    const path = mkdtempSync(join(tmpdir(), "hawser-bench-"));
    this.#folders.push({ path, sizeBytes });
    return path;
  }

  /** A new empty folder outside the budget, for what every round of a measure needs. */
  keptFolder(): string {
    const path = mkdtempSync(join(tmpdir(), "hawser-bench-"));
    this.#kept.push(path);
    return path;
  }

  clear(): void {
    for (const { path } of this.#folders.splice(0)) remove(path);
    for (const path of this.#kept.splice(0)) remove(path);
  }
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}
