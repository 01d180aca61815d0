import { type File, type FilesResponse, HawserError } from "@hawser/protocol";
import { expect, test } from "vitest";
import { StoredFilesStore } from "./stored-files.ts";

const file = (id: string): File => ({
  id,
  filename: id,
  contentType: "text/plain",
  size: 1,
  digest: `tree:${"0".repeat(64)}`,
  metadata: {},
  completedAt: "2026-06-20T12:00:00.000Z",
  url: `/files/${id}`,
});

function listing(pages: Readonly<Record<string, FilesResponse>>) {
  const asked: (string | null)[] = [];
  const listFiles = async (cursor: string | null) => {
    asked.push(cursor);
    const page = pages[cursor ?? ""];
    if (page === undefined) throw new HawserError("connection_lost");
    return page;
  };
  return { store: new StoredFilesStore(listFiles), asked };
}

const idsOf = (store: StoredFilesStore) => store.getSnapshot().files.map(({ id }) => id);

test("[S16] stored files come page by page, each once", async () => {
  const { store, asked } = listing({
    "": { files: [file("c"), file("b")], next: "p2" },
    p2: { files: [file("b"), file("a")] },
  });
  await store.begin();
  expect([idsOf(store), store.getSnapshot().hasMore]).toEqual([["c", "b"], true]);
  await store.begin();
  await store.more();
  await store.more();
  expect([idsOf(store), store.getSnapshot().hasMore]).toEqual([["c", "b", "a"], false]);
  expect(asked).toEqual([null, "p2"]);
});

test("[S16] a file that was finished meanwhile stands first, and once", async () => {
  const { store } = listing({ "": { files: [file("b"), file("a")] } });
  store.add([file("c"), file("b")]);
  await store.begin();
  store.add([file("c"), file("b")]);
  store.add([file("d")]);
  expect(idsOf(store)).toEqual(["d", "c", "b", "a"]);
});

test("[S15] a server that does not answer is told, and can be asked again", async () => {
  const pages: Record<string, FilesResponse> = {};
  const { store } = listing(pages);
  await store.begin();
  expect(store.getSnapshot().status).toBe("failed");
  pages[""] = { files: [file("a")] };
  await store.more();
  expect([store.getSnapshot().status, idsOf(store)]).toEqual(["listed", ["a"]]);
});
