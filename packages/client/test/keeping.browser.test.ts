import { expect, test } from "vitest";
import { keepInBrowser } from "../src/lazy-keeping.ts";
import { browserPlatform } from "../src/platform-browser.ts";
import { blobSource } from "../src/source/blob.ts";
import { handleSource } from "../src/source/lazy-handle.ts";
import { FakeServer, patternBytes } from "../src/testing/index.ts";
import { createUploader } from "../src/uploader.ts";
import type { Uploader, UploadHandle } from "../src/uploader-api.ts";
import { privateFile, privateRoot } from "./private-files.ts";

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

test("[R1] [R8] a dropped file goes on by itself in the next life, exact, and leaves nothing behind", async () => {
  const name = newName();
  const bytes = patternBytes(6 * mib + 7);
  const first = new Life({ name });
  const before = first.uploader.add(await handleSource(await privateFile(bytes)));
  await until(() => before.state.confirmedBytes >= 2 * mib);
  const { server } = first;
  server.isDown = true;
  await first.uploader.close();
  const second = new Life({ name, server });
  await second.uploader.ready;
  const after = only(second.uploader);
  // Also while the server is down.
  expect(after.state).toMatchObject({ isFromEarlier: true, confirmedBytes: before.state.confirmedBytes });
  server.isDown = false;
  const { file } = await after.done;
  expect(server.store.bytesOf(file.id)).toEqual(bytes);
  await second.uploader.close();
  const third = new Life({ name, server });
  await third.uploader.ready;
  expect(third.uploader.uploads).toEqual([]);
  await third.uploader.close();
});

test("[R1] [R8] a file without a handle goes on from its copy, which goes when the server has it", async () => {
  const name = newName();
  const bytes = patternBytes(6 * mib + 7);
  const first = new Life({ name });
  first.server.isDown = true;
  const before = first.uploader.add(blobSource(new File([bytes as never], "a.bin")));
  await until(() => first.uploader.storage.spoolBytes === bytes.length);
  expect(first.uploader.storage).toMatchObject({ isDurable: true, trouble: null });
  const { server } = first;
  await first.uploader.close();
  server.isDown = false;
  const second = new Life({ name, server });
  await second.uploader.ready;
  const after = only(second.uploader);
  expect(after.id).toBe(before.id);
  const { file } = await after.done;
  expect(server.store.bytesOf(file.id)).toEqual(bytes);
  await until(() => second.uploader.storage.spoolBytes === 0);
  await second.uploader.close();
  expect(await copiesOf(name)).toEqual([]);
});

async function copiesOf(name: string): Promise<string[]> {
  const folder = await (await privateRoot()).getDirectoryHandle(`${name}-spool`, { create: true });
  const names: string[] = [];
  for await (const name of folder.keys()) names.push(name);
  return names;
}
