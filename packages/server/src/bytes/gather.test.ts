import { expect, test } from "vitest";
import { sha256 } from "../../test/support/byte-room-stage.ts";
import { flipBit, testBytes } from "../../test/support/scripted-body.ts";
import type { AdmittedChunk } from "../ports/facts.ts";
import { Discard, type Gather, MemoryGather, StreamGather } from "./gather.ts";
import { Slots, type StreamingClaim } from "./slots.ts";

const bytes = testBytes(1, 1_000);
const chunk: AdmittedChunk = { chunk: 1, sizeBytes: 1_000, digest: sha256(bytes), held: false, prefixBytes: 0 };
const nothing = new Uint8Array(0);

/** Memory that counts how often it is given back. */
function lease(sizeBytes: number) {
  const memory = { bytes: new Uint8Array(sizeBytes).fill(0xee), released: 0, release: () => void memory.released++ };
  return memory;
}

/** Feeds all of `input` as a reader does; returns what was not taken. */
async function feed(gather: Gather, input: Uint8Array, pieceBytes: number): Promise<Uint8Array> {
  let rest = input;
  while (rest.length > 0 && !gather.whole) rest = rest.subarray(await gather.take(rest.subarray(0, pieceBytes)));
  return rest;
}

for (const pieceBytes of [1, 7, 999, 1_000, 5_000]) {
  test(`[S4] a chunk gathered in memory from pieces of ${pieceBytes} has its bytes and its digest`, async () => {
    const gather = new MemoryGather(chunk, lease(2_000), 0, nothing);
    const rest = await feed(gather, Buffer.concat([bytes, bytes.subarray(0, 10)]), pieceBytes);
    expect([gather.whole, gather.filledBytes, rest.length]).toEqual([true, 1_000, 10]);
    expect(Buffer.compare(gather.bytes, bytes)).toBe(0);
    expect(Buffer.compare(gather.digest(), sha256(bytes))).toBe(0);
    expect(gather.overlapMatches()).toBe(true);
  });

  test(`[S3] a chunk in pieces of ${pieceBytes} is written as it comes, a lease at a time`, async () => {
    const { gather, written } = openStream(300);
    expect((await feed(gather, Buffer.concat([bytes, nothing]), pieceBytes)).length).toBe(0);
    expect([gather.whole, gather.writtenBytes, gather.matches()]).toEqual([true, 1_000, true]);
    expect(written.map(([from, piece]) => [from, piece.length])).toEqual([
      [0, 300],
      [300, 300],
      [600, 300],
      [900, 100],
    ]);
    expect(Buffer.compare(Buffer.concat(written.map(([, piece]) => piece)), bytes)).toBe(0);
  });
}

test("[R8] a continued chunk starts with the stored bytes and is hashed over all", async () => {
  const gather = new MemoryGather(chunk, lease(1_000), 400, bytes.subarray(0, 500));
  expect(gather.filledBytes).toBe(400);
  await feed(gather, bytes.subarray(400), 64);
  expect(gather.overlapMatches()).toBe(true);
  expect(Buffer.compare(gather.digest(), sha256(bytes))).toBe(0);
});

test("[S4] an overlap with other bytes than the stored ones is seen, whole or not", async () => {
  const damaged = flipBit(bytes, 499);
  for (const end of [499, 500, 1_000]) {
    const gather = new MemoryGather(chunk, lease(1_000), 400, bytes.subarray(0, 500));
    await feed(gather, damaged.subarray(400, end), 1_000);
    expect(gather.overlapMatches()).toBe(end < 500);
  }
});

test("[S4] a held chunk's bytes are counted and dropped", async () => {
  const gather = new Discard({ ...chunk, held: true }, 100);
  expect((await feed(gather, bytes, 64)).length).toBe(100);
  expect(gather.whole).toBe(true);
});

test("[S4] a chunk in pieces that is not what was announced does not match", async () => {
  const { gather } = openStream(300);
  await feed(gather, flipBit(bytes, 3), 64);
  expect(gather.matches()).toBe(false);
});

test("[R8] flush writes what is pending, once", async () => {
  const { gather, written } = openStream(300);
  await feed(gather, bytes.subarray(0, 450), 64);
  expect(gather.writtenBytes).toBe(300);
  await gather.flush();
  await gather.flush();
  expect([gather.writtenBytes, written.length]).toEqual([450, 2]);
});

test("[S15] a piece whose write failed does not count as written", async () => {
  const { gather, failNext } = openStream(300);
  failNext();
  await expect(feed(gather, bytes, 1_000)).rejects.toThrow("made by a test");
  expect([gather.writtenBytes, gather.whole]).toEqual([0, false]);
});

test("[R5] once its slot is taken over nothing is written, but the digest is still known", async () => {
  const slots = new Slots();
  const { gather, written } = openStream(300, slots);
  await feed(gather, bytes.subarray(0, 300), 1_000);
  await slots.claimWhole(1);
  await feed(gather, bytes.subarray(300), 1_000);
  expect([written.length, gather.whole, gather.matches()]).toEqual([1, true, true]);
});

function openStream(leaseBytes: number, slots = new Slots()) {
  const written: [number, Uint8Array][] = [];
  let fails = false;
  const write = async (from: number, piece: Uint8Array) => {
    if (fails) throw new Error("made by a test");
    written.push([from, Uint8Array.from(piece)]);
  };
  const claim = slots.tryClaimStreaming(1) as StreamingClaim;
  const gather = new StreamGather(chunk, lease(leaseBytes), claim, write);
  const failNext = () => {
    fails = true;
  };
  return { gather, written, failNext };
}
