import { expect, test } from "vitest";
import { spoolContract } from "../../test/contracts/spool.contract.ts";
import { privateRoot } from "../../test/private-files.ts";
import { Database } from "../journal/database.ts";
import { patternBytes } from "../testing/index.ts";
import { DatabaseSpool } from "./database-spool.ts";
import { OpfsSpool } from "./opfs.ts";

const never = new AbortController().signal;
const newName = () => `spool-${crypto.randomUUID()}`;

spoolContract("private files", () => {
  const name = newName();
  return { spool: new OpfsSpool(name), reopen: () => new OpfsSpool(name) };
});

spoolContract("rows of the database", () => {
  const name = newName();
  const open = () => new DatabaseSpool(new Database(name), () => Date.now());
  return { spool: open(), reopen: open };
});

test("[X4] a copy that another tab writes at this moment is neither removed nor in the way", async () => {
  const name = newName();
  const [writing, other] = [new OpfsSpool(name), new OpfsSpool(name)];
  const blob = new Blob([patternBytes(20 * 1_048_576) as never]);
  const copying = writing.copy([{ spoolId: "theirs", blob }], never);
  const folder = await (await privateRoot()).getDirectoryHandle(name, { create: true });
  await expect.poll(() => folder.getFileHandle("theirs").catch(() => null), { interval: 1 }).not.toBeNull();
  await other.remove("theirs");
  await copying;
  expect((await other.open("theirs"))?.size).toBe(blob.size);
  await Promise.all([writing.close(), other.close()]);
});
