import { expect, test } from "vitest";
import type { TabLink } from "../../src/tabs/tab-link.ts";

/** @param open a page of the same browser; each call another one, where that can be had */
export function tabLinkContract(title: string, open: () => TabLink): void {
  let count = 0;
  const newName = () => `contract-${++count}-${Math.random()}`;
  const never = new AbortController().signal;

  test(`[X4] ${title}: a lock is held by one, and goes to the next in the order of asking`, async () => {
    const [a, b, name] = [open(), open(), newName()];
    const order: string[] = [];
    const first = await a.hold(name, never);
    const second = b.hold(name, never).then((lock) => {
      order.push("second");
      return lock;
    });
    const third = a.hold(name, never).then((lock) => {
      order.push("third");
      return lock;
    });
    expect(await b.holdIfFree(name)).toBeNull();
    expect(await b.held()).toContain(name);
    first.release();
    (await second).release();
    (await third).release();
    expect(order).toEqual(["second", "third"]);
    await expect.poll(() => a.held()).not.toContain(name);
    const free = await b.holdIfFree(name);
    expect(free).not.toBeNull();
    free?.release();
  });

  test(`[X4] ${title}: whoever is robbed of a lock is told, and can wait for it again`, async () => {
    const [a, b, name] = [open(), open(), newName()];
    const robbed = await a.hold(name, never);
    const thief = await b.hold(name, never, true);
    await robbed.lost;
    robbed.release();
    expect(await a.held()).toContain(name);
    const again = a.hold(name, never);
    thief.release();
    (await again).release();
  });

  test(`[X4] ${title}: who gives up waiting gets no lock`, async () => {
    const [a, b, name] = [open(), open(), newName()];
    const lock = await a.hold(name, never);
    const patience = new AbortController();
    const waiting = b.hold(name, patience.signal);
    patience.abort();
    await expect(waiting).rejects.toBe(patience.signal.reason);
    lock.release();
    await expect.poll(() => a.held()).not.toContain(name);
  });

  test(`[X4] ${title}: all others of a channel hear what is said, in order, and nobody else does`, async () => {
    const [a, b, c] = [open(), open(), open()];
    const name = newName();
    const heard: Record<string, unknown[]> = { a: [], b: [], c: [], other: [] };
    const mine = a.open(name, (message) => heard.a?.push(message));
    const theirs = b.open(name, (message) => heard.b?.push(message));
    const gone = c.open(name, (message) => heard.c?.push(message));
    const other = c.open(newName(), (message) => heard.other?.push(message));
    gone.close();
    mine.post({ say: 1 });
    mine.post({ say: 2 });
    await expect.poll(() => heard.b).toEqual([{ say: 1 }, { say: 2 }]);
    theirs.post("back");
    await expect.poll(() => heard.a).toEqual(["back"]);
    expect([heard.c, heard.other]).toEqual([[], []]);
    for (const channel of [mine, theirs, other]) channel.close();
  });
}
