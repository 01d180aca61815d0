import { toHex, treeRoot } from "@hawser/protocol";
import { expect, test } from "vitest";
import { createStage, digestOf, mebibyte, owner, sha256 } from "../../test/support/domain-stage.ts";
import type { LedgerReader } from "../ports/ledger.ts";
import { fileRoot } from "./tree.ts";

test.each([1, 2, 3, 1_023, 1_024, 1_025, 2_048, 3_000])(
  "[X5] the digest of %d chunks over cached nodes is the tree over all of them",
  async (total) => {
    const stage = createStage();
    const size = total * mebibyte - 1;
    const id = await stage.begin(size);
    const chunks = Array.from({ length: total }, (_, i) => i + 1);
    // Backwards and in pieces across the groups: order must not matter.
    for (let end = total; end > 0; end -= 700) await stage.send(id, chunks.slice(Math.max(0, end - 700), end), size);
    const { key } = (await stage.record(id)) ?? { key: 0 };
    const nodes = await stage.ledger.read((reader) => reader.treeNodes(key));
    expect(nodes).toHaveLength(Math.floor(total / 1_024));
    const result = await stage.domain.finalize(owner, id, {});
    const digest = `tree:${toHex(
      treeRoot(
        chunks.map((chunk) => digestOf(chunk)),
        sha256,
      ),
    )}`;
    expect(result).toMatchObject({ status: 200, file: { digest, size } });
  },
);

test("[S9] the digest of a TiB reads cached nodes and not one receipt below them", async () => {
  const nodes = Array.from({ length: 1_024 }, (_, group) => ({ group, root: digestOf(group) }));
  const read: number[] = [];
  const reader = {
    treeNodes: async () => nodes,
    receipts: async (_: number, first: number, last: number) => {
      read.push(first, last);
      return [{ chunk: first, digest: digestOf(1_024) }];
    },
  } as unknown as LedgerReader;
  const roots = [...nodes.map(({ root }) => root), digestOf(1_024)];
  expect(await fileRoot(reader, 1, 1_048_577, sha256)).toEqual(treeRoot(roots, sha256));
  expect(read).toEqual([1_048_577, 1_048_577]);
});
