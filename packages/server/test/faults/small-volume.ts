import { execFile } from "node:child_process";
import { mkdtemp, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { onTestFinished, type TestContext } from "vitest";

const run = promisify(execFile);

/** A real file system of its own that is small enough to be filled. */
export class SmallVolume {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Goes with the test. Where nothing may be mounted the test is skipped and says so; in CI that is a failure. */
  static async mount(sizeBytes: number, { skip }: TestContext): Promise<SmallVolume> {
    const path = await mkdtemp(join(tmpdir(), "hawser-volume-"));
    try {
      await run("mount", ["-t", "tmpfs", "-o", `size=${sizeBytes}`, "tmpfs", path]);
    } catch (error) {
      await rm(path, { recursive: true });
      skip(`It fills a volume of its own, and mounting one needs root on Linux: ${(error as Error).message}`);
    }
    onTestFinished(async () => {
      // Lazily: a test that failed may have left files open.
      await run("umount", ["-l", path]);
      await rm(path, { recursive: true });
    });
    return new SmallVolume(path);
  }

  get dataDir(): string {
    return join(this.path, "data");
  }

  /** Takes all the space but `freeBytes`, as somebody else's files would. */
  async fill(freeBytes = 0): Promise<void> {
    const { bavail, bsize } = await statfs(this.path);
    await writeFile(join(this.path, "filler"), Buffer.alloc(bavail * bsize - freeBytes));
  }

  /** Gives back what {@link fill} took. */
  async empty(): Promise<void> {
    await rm(join(this.path, "filler"));
  }
}
