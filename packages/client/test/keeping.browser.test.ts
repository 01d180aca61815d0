import { openDB } from "idb";
import { expect, test } from "vitest";
import { keepInBrowser } from "../src/lazy-keeping.ts";
import { browserPlatform } from "../src/platform-browser.ts";
import { blobSource } from "../src/source/blob.ts";
import { handleSource } from "../src/source/handle.ts";
import type { Source } from "../src/source/source.ts";
import { FakeServer, patternBytes } from "../src/testing/index.ts";
import { createUploader } from "../src/uploader.ts";
import type { Uploader, UploadHandle } from "../src/uploader-api.ts";
import { privateFile, privateRoot, rewrite } from "./private-files.ts";
import { isSame } from "./same.ts";

/** What is replaced here of the browser's own. */
declare const indexedDB: { open: (...request: never[]) => unknown };
declare const IDBObjectStore: { readonly prototype: { put: (...row: never[]) => unknown } };

const mib = 1_048_576;

/** A page's uploader over the browser's own storage, and a server that outlives it. */
class Life {
  readonly server: FakeServer;
  readonly uploader: Uploader;

  constructor({ name, maxSpoolBytes, server }: { name: string; server?: FakeServer; maxSpoolBytes?: number }) {
    this.server = server ?? new FakeServer({ platform: browserPlatform, latencyMs: 20 });
    this.uploader = createUploader({
      endpoint: "https://files.test/",
      transport: this.server,
      platform: browserPlatform,
      maxLanes: 1,
      runChunks: 1,
      ...keepInBrowser(name, maxSpoolBytes, browserPlatform),
    });
  }
}

const newName = () => `keeping-${crypto.randomUUID()}`;

async function until(isTrue: () => boolean): Promise<void> {
  await expect.poll(isTrue, { timeout: 10_000, interval: 5 }).toBe(true);
}

function only(uploader: Uploader): UploadHandle {
  expect(uploader.uploads).toHaveLength(1);
  return uploader.uploads[0] as UploadHandle;
}

/** Begins an upload, lets the server have a part of it, and ends that life. */
async function interrupted(name: string, source: Source) {
  const first = new Life({ name });
  const { server } = first;
  const before = first.uploader.add(source);
  await until(() => before.state.confirmedBytes >= mib);
  server.isDown = true;
  const { confirmedBytes } = before.state;
  if (source.origin === null) await until(() => first.uploader.storage.spoolBytes > 0);
  await first.uploader.close();
  return { server, id: before.id, confirmedBytes };
}

async function expectStored({ server }: Life, upload: UploadHandle, bytes: Uint8Array): Promise<void> {
  const { file } = await upload.done;
  const stored = server.store.bytesOf(file.id);
  expect(await isSame(stored && new Blob([stored as never]), new Blob([bytes as never]))).toBe(true);
}

test("[R1] [R3] a dropped file goes on by itself in the next life, exact, and leaves nothing behind", async () => {
  const name = newName();
  const bytes = patternBytes(3 * mib + 7);
  const { server, confirmedBytes } = await interrupted(name, await handleSource(await privateFile(bytes)));
  const second = new Life({ name, server });
  await second.uploader.ready;
  const after = only(second.uploader);
  // Also while the server is down.
  expect(after.state).toMatchObject({ isFromEarlier: true, confirmedBytes });
  expect(await rowsOf(name, "handles")).toBe(1);
  server.isDown = false;
  await expectStored(second, after, bytes);
  await second.uploader.close();
  expect([await rowsOf(name, "records"), await rowsOf(name, "handles")]).toEqual([0, 0]);
});

test("[R1] a file without a handle goes on from its copy, which goes when the server has it", async () => {
  const name = newName();
  // One in a file of its own, one small enough for the database.
  for (const size of [3 * mib + 7, 100_000]) {
    const bytes = patternBytes(size);
    const first = new Life({ name });
    const { server } = first;
    server.isDown = true;
    first.uploader.add(blobSource(new File([bytes as never], "a.bin")));
    await until(() => first.uploader.storage.spoolBytes === size);
    await first.uploader.close();
    const second = new Life({ name, server });
    await second.uploader.ready;
    await until(() => second.uploader.storage.spoolBytes === size);
    expect(second.uploader.storage).toMatchObject({ isDurable: true, trouble: null });
    server.isDown = false;
    await expectStored(second, only(second.uploader), bytes);
    await until(() => second.uploader.storage.spoolBytes === 0);
    await second.uploader.close();
    expect([await copiesOf(name), await rowsOf(name, "copies")]).toEqual([[], 0]);
  }
});

test("[R9] a dropped file that was edited between two lives is told, and nothing is mixed", async () => {
  const name = newName();
  const bytes = patternBytes(3 * mib + 7);
  const file = await privateFile(bytes);
  const { server } = await interrupted(name, await handleSource(file));
  await rewrite(file, patternBytes(3 * mib + 7, 2));
  const second = new Life({ name, server });
  await second.uploader.ready;
  server.isDown = false;
  await expect(only(second.uploader).done).rejects.toMatchObject({ code: "source_changed" });
  await second.uploader.close();
});

test("[R1] a dropped file that may not be read without being asked waits for one click", async () => {
  const name = newName();
  const bytes = patternBytes(3 * mib + 7);
  const { server } = await interrupted(name, await handleSource(await privateFile(bytes)));
  const leave = { now: "prompt", asked: 0 };
  // Headless browsers have nobody to ask; private files need no leave.
  const prototype = (await privateFile(bytes)).constructor.prototype;
  const { queryPermission, requestPermission } = prototype;
  prototype.queryPermission = async () => leave.now;
  prototype.requestPermission = async () => {
    leave.asked++;
    return leave.now;
  };
  try {
    const second = new Life({ name, server });
    await second.uploader.ready;
    server.isDown = false;
    const after = only(second.uploader);
    await until(() => after.state.status === "needs-source");
    expect([after.state, leave.asked]).toMatchObject([{ canReopen: true, name: expect.any(String) }, 0]);
    await expect(after.reopen()).rejects.toMatchObject({ code: "source_unreadable" });
    expect([after.state.status, leave.asked]).toEqual(["needs-source", 1]);
    leave.now = "granted";
    await after.reopen();
    await expectStored(second, after, bytes);
    await second.uploader.close();
    expect(await rowsOf(name, "handles")).toBe(0);
  } finally {
    Object.assign(prototype, { queryPermission, requestPermission });
  }
});

test("[R1] a copy that the browser lost, or a file too large for any: the person picks it again", async () => {
  const name = newName();
  const bytes = patternBytes(3 * mib + 7);
  const { server } = await interrupted(name, blobSource(new File([bytes as never], "a.bin")));
  const folder = await (await privateRoot()).getDirectoryHandle(`${name}-spool`);
  for (const copy of await copiesOf(name)) await rewrite(await folder.getFileHandle(copy), bytes.subarray(0, mib));
  const second = new Life({ name, server, maxSpoolBytes: mib });
  await second.uploader.ready;
  server.isDown = false;
  const after = only(second.uploader);
  await until(() => after.state.status === "needs-source");
  expect(after.state).toMatchObject({ canReopen: false, evidence: { sampledHash: expect.any(String) } });
  server.isDown = true;
  await after.supply(blobSource(new File([bytes as never], "a.bin")));
  // The old copy goes; a new one is not made, for it is more than is allowed.
  await until(() => second.uploader.storage.spoolBytes === 0);
  server.isDown = false;
  await expectStored(second, after, bytes);
  expect(second.uploader.storage.trouble).toBeNull();
  await second.uploader.close();
});

test("[R8] copies that no record names are swept by the next life", async () => {
  const name = newName();
  const folder = await (await privateRoot()).getDirectoryHandle(`${name}-spool`, { create: true });
  await rewrite(await folder.getFileHandle("gone.1", { create: true }), patternBytes(10));
  const { uploader } = new Life({ name });
  await uploader.ready;
  await expect.poll(() => copiesOf(name)).toEqual([]);
  await uploader.close();
});

test("[R8] without a database uploads go all the same, and the standing says what is wrong", async () => {
  const bytes = patternBytes(1_000);
  const open = indexedDB.open.bind(indexedDB);
  indexedDB.open = () => {
    throw new DOMException("denied here", "SecurityError");
  };
  try {
    const life = new Life({ name: newName() });
    await life.uploader.ready;
    expect(life.uploader.storage).toMatchObject({ isDurable: false, isPersisted: null, trouble: { code: "internal" } });
    await expectStored(life, life.uploader.add(blobSource(new Blob([bytes as never]))), bytes);
    await life.uploader.close();
  } finally {
    indexedDB.open = open;
  }
});

test("[R8] a storage that is full stops no upload, and is told", async () => {
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  try {
    const bytes = patternBytes(2 * mib);
    const life = new Life({ name: newName() });
    await life.uploader.ready;
    let told = 0;
    life.uploader.subscribe(() => told++);
    expect(life.uploader.storage).toMatchObject({ isDurable: true, trouble: null });
    const upload = life.uploader.add(blobSource(new Blob([bytes as never])));
    await until(() => life.uploader.storage.trouble !== null);
    expect(life.uploader.storage).toMatchObject({ isDurable: false, trouble: { code: "storage_full" } });
    await expectStored(life, upload, bytes);
    await until(() => life.uploader.storage.isDurable);
    expect(told).toBeGreaterThan(0);
    await life.uploader.close();
  } finally {
    IDBObjectStore.prototype.put = put;
  }
});

test("[R8] the browser is asked once not to clear what is kept, when something is", async () => {
  let asked = 0;
  const { storage } = navigator as unknown as { storage: { persist: () => Promise<boolean> } };
  const persist = storage.persist.bind(storage);
  storage.persist = async () => ++asked > 0;
  try {
    const { uploader, server } = new Life({ name: newName() });
    await uploader.ready;
    expect([asked, uploader.storage.isPersisted]).toEqual([0, null]);
    server.isDown = true;
    for (let file = 0; file < 3; file++) uploader.add(blobSource(new Blob([patternBytes(10) as never])));
    await until(() => uploader.storage.isPersisted === true);
    expect(asked).toBe(1);
    await uploader.close();
  } finally {
    storage.persist = persist;
  }
});

async function copiesOf(name: string): Promise<string[]> {
  const folder = await (await privateRoot()).getDirectoryHandle(`${name}-spool`, { create: true });
  const names: string[] = [];
  for await (const copy of folder.keys()) names.push(copy);
  return names;
}

async function rowsOf(name: string, store: string): Promise<number> {
  const database = await openDB(name);
  const count = await database.count(store);
  database.close();
  return count;
}
