import { limits } from "@hawser/protocol";
import { expect, test } from "vitest";
import { openStage, problemOf, type Stage, sha256, uploadId } from "../../test/support/byte-room-stage.ts";
import { flipBit, testBytes } from "../../test/support/scripted-body.ts";

const { chunkSizeBytes } = limits;

async function openStored(): Promise<Stage> {
  const stage = openStage();
  await stage.receive(1, 3);
  return stage;
}

function receipts(stage: Stage, ...chunks: number[]) {
  return chunks.map((chunk) => ({ chunk, digest: sha256(stage.chunk(chunk)) }));
}

test("[R7] chunks whose bytes changed are found, the others are not", async () => {
  const stage = await openStored();
  const check = () => stage.room.findDamaged(uploadId, stage.file.length, receipts(stage, 1, 2, 3));
  expect(await check()).toEqual([]);
  await stage.store.writeChunks(uploadId, 2, [flipBit(stage.chunk(2), 77)]);
  await stage.store.writeChunks(uploadId, 3, [flipBit(stage.chunk(3), 1_233)]);
  expect(await check()).toEqual([2, 3]);
  expect(await stage.room.findDamaged(uploadId, stage.file.length, receipts(stage, 1, 3))).toEqual([3]);
});

test("[R7] chunks that are not there, or too short, are damaged", async () => {
  const stage = await openStored();
  await stage.store.remove(uploadId);
  await stage.store.writeChunks(uploadId, 1, [stage.chunk(1)]);
  await stage.store.writeChunks(uploadId, 2, [stage.chunk(2).subarray(0, 500)]);
  expect(await stage.room.findDamaged(uploadId, stage.file.length, receipts(stage, 1, 2, 3))).toEqual([2, 3]);
});

test("[X5] the plain hash of a file is read back in chunks", async () => {
  const stage = await openStored();
  expect(await stage.room.hashWhole(uploadId, stage.file.length)).toEqual(Buffer.from(sha256(stage.file)));
  expect(await stage.room.hashWhole(uploadId, 0)).toEqual(Buffer.from(sha256(new Uint8Array(0))));
});

test("[R7] a file that is shorter than its size has no hash", async () => {
  const stage = await openStored();
  const problem = await problemOf(stage.room.hashWhole(uploadId, stage.file.length + 1));
  expect(problem.code).toBe("internal");
});

test("[S3] what reads back gives its memory back, also when the storage fails", async () => {
  const stage = openStage({ file: testBytes(5, chunkSizeBytes), room: { poolBytes: 2 * chunkSizeBytes } });
  await stage.receive(1);
  const { read } = stage.store;
  stage.store.read = async () => {
    throw new Error("made by a test");
  };
  for (let i = 0; i < 4; i++) {
    await problemOf(stage.room.findDamaged(uploadId, chunkSizeBytes, receipts(stage, 1)));
    await problemOf(stage.room.hashWhole(uploadId, chunkSizeBytes));
  }
  stage.store.read = read;
  expect(await stage.room.findDamaged(uploadId, chunkSizeBytes, receipts(stage, 1))).toEqual([]);
});
