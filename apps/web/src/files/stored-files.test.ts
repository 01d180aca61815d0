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

test("[S7] what others have stored is found when the list is asked for again, and what was shown stays", async () => {
  const pages: Record<string, FilesResponse> = {
    "": { files: [file("d"), file("c")], next: "p2" },
    p2: { files: [file("b")], next: "p3" },
  };
  const { store, asked } = listing(pages);
  await store.begin();
  await store.more();
  const [first] = store.getSnapshot().files;
  pages[""] = { files: [file("e"), file("d")], next: "p1b" };
  await store.renew();
  expect([idsOf(store), store.getSnapshot().hasMore]).toEqual([["e", "d", "c", "b"], true]);
  expect(store.getSnapshot().files[1]).toBe(first);
  pages.p3 = { files: [file("a")] };
  await store.more();
  expect([idsOf(store), asked.at(-1)]).toEqual([["e", "d", "c", "b", "a"], "p3"]);
});

test("[S7] a list that was missed by more than a page begins anew, and goes on from there", async () => {
  const pages: Record<string, FilesResponse> = { "": { files: [file("b"), file("a")] } };
  const { store } = listing(pages);
  await store.begin();
  pages[""] = { files: [file("f"), file("e")], next: "p2" };
  pages.p2 = { files: [file("d"), file("c")], next: "p3" };
  await store.renew();
  expect([idsOf(store), store.getSnapshot().hasMore]).toEqual([["f", "e"], true]);
  await store.more();
  expect(idsOf(store)).toEqual(["f", "e", "d", "c"]);
});

test("[S7] a file that is told while the list is asked for is not lost, and no question is forgotten", async () => {
  const answers: PromiseWithResolvers<FilesResponse>[] = [];
  const store = new StoredFilesStore(() => {
    const answer = Promise.withResolvers<FilesResponse>();
    answers.push(answer);
    return answer.promise;
  });
  const begun = store.begin();
  const renewed = store.renew();
  expect(answers).toHaveLength(1);
  answers[0]?.resolve({ files: [file("a")] });
  await expect.poll(() => answers.length).toBe(2);
  store.add([file("c")]);
  answers[1]?.resolve({ files: [file("b"), file("a")] });
  await Promise.all([begun, renewed]);
  expect(idsOf(store)).toEqual(["c", "b", "a"]);
});

test("[S7] a list that cannot be asked for again stays as it is", async () => {
  const pages: Record<string, FilesResponse> = { "": { files: [file("a")] } };
  const { store } = listing(pages);
  await store.begin();
  delete pages[""];
  await store.renew();
  expect([store.getSnapshot().status, idsOf(store)]).toEqual(["listed", ["a"]]);
});
