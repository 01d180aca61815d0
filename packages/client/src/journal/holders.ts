import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { readdir, readFile, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

const holderSuffix = ".holder";
const claimSuffix = ".claim";
/** Process, when it began (in the system's own count, or 0 where it does not tell), and what tells two apart. */
const tokenPattern = /^(\d+)-(\d+)-[0-9a-f]{16}$/;

/** One per folder in this process, however often the folder is open here. */
const entered = new Map<string, { readonly token: string; count: number }>();

/**
 * Who carries what in a journal's folder, among processes of one machine. A process that has the folder open leaves a
 * file there that is named after its token, and writes the token into the records that it carries. The token is good
 * as long as the file is there and the process lives; how it dies does not matter.
 */
export class Holders {
  readonly #folder: string;
  readonly token: string;

  private constructor(folder: string, token: string) {
    this.#folder = folder;
    this.token = token;
  }

  static async enter(folder: string): Promise<Holders> {
    const known = entered.get(folder);
    if (known !== undefined) {
      known.count++;
      return new Holders(folder, known.token);
    }
    const token = `${process.pid}-${startOf("self") ?? 0}-${randomBytes(8).toString("hex")}`;
    entered.set(folder, { token, count: 1 });
    const holders = new Holders(folder, token);
    await writeFile(join(folder, token + holderSuffix), "", { flag: "wx", mode: 0o600 });
    await holders.#sweep();
    return holders;
  }

  async leave(): Promise<void> {
    const known = entered.get(this.#folder);
    if (known === undefined || --known.count > 0) return;
    entered.delete(this.#folder);
    await remove(join(this.#folder, this.token + holderSuffix));
  }

  /** The process of another one that carries what bears this token, or null when nobody does any more. */
  async processOf(token: string | undefined): Promise<number | null> {
    if (token === undefined || token === this.token) return null;
    const pid = livingProcessOf(token);
    if (pid === null) return null;
    const isOpen = await readFile(join(this.#folder, token + holderSuffix)).then(
      () => true,
      () => false,
    );
    return isOpen ? pid : null;
  }

  /**
   * Runs `work` while no other process is in such a section for `id`. Each announces itself first and looks around
   * afterwards: of two that come together at least one sees the other and gives way.
   * @returns null, or the process that is in there
   */
  async alone(id: string, work: () => Promise<void>): Promise<number | null> {
    const name = (token: string) => `${id}.${token}${claimSuffix}`;
    const own = join(this.#folder, name(this.token));
    await writeFile(own, "", { mode: 0o600 });
    try {
      for (const other of await readdir(this.#folder)) {
        if (!other.startsWith(`${id}.`) || !other.endsWith(claimSuffix)) continue;
        const pid = await this.processOf(other.slice(id.length + 1, -claimSuffix.length));
        if (pid !== null) return pid;
      }
      await work();
      return null;
    } finally {
      await remove(own);
    }
  }

  /** Removes what the dead have left. */
  async #sweep(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const token = /([^.]+)\.(?:holder|claim)$/.exec(name)?.[1];
      if (token !== undefined && livingProcessOf(token) === null) await remove(join(this.#folder, name));
    }
  }
}

function livingProcessOf(token: string): number | null {
  const [, process = "", start = ""] = tokenPattern.exec(token) ?? [];
  const pid = Number(process);
  if (process === "" || !isAlive(pid)) return null;
  // A number that was given to another process since.
  const now = startOf(process);
  return now !== null && start !== "0" && now !== start ? null : pid;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It lives, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** When a process began, in the system's count; null where that cannot be read. */
function startOf(process: string): string | null {
  try {
    // Its name may hold anything, blanks and brackets too; field 22 is the twentieth after it (proc(5)).
    return (
      readFileSync(`/proc/${process}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ")[19] ?? null
    );
  } catch {
    return null;
  }
}

async function remove(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
}
