import { liveLimits, NumberedEvent, UploadsResponse } from "@hawser/protocol";
import { Compile } from "typebox/compile";
import { expect, test } from "vitest";
import { codeOf, createStage, mebibyte, owner, type Stage } from "../../test/support/domain-stage.ts";
import type { Progress, Watched } from "../ports/live.ts";

const all: Watched = { owner, subject: "uploads" };
const isEvent = Compile(NumberedEvent);
const isSnapshot = Compile(UploadsResponse);

async function told({ domain }: Stage, after: number, limit: number, watched?: Watched) {
  const page = await domain.eventsAfter(after, limit, watched);
  const events = page.happenings.flatMap((happening) => happening.events);
  for (const event of events) expect(isEvent.Errors(event)).toEqual([]);
  return { ...page, kinds: events.map(({ type, id, seq }) => ({ type, id, seq })) };
}

test("[S7] each row of the ledger is told under its number, with the upload as it stands by now", async () => {
  const stage = createStage();
  const id = await stage.begin(2 * mebibyte, { bundle: { id: "trip", position: 1 } });
  await stage.send(id, [1, 2], 2 * mebibyte);
  await stage.domain.finalize(owner, id, {});
  const { happenings, kinds, seq, isLast } = await told(stage, 0, 9);
  const types = ["created", "assembly_started", "validation_complete", "completed"];
  expect(kinds.map(({ type }) => type)).toEqual(types);
  expect(kinds.map((event) => event.seq)).toEqual([1, 2, 3, 3]);
  expect([seq, isLast]).toEqual([3, true]);
  for (const { bundleId, uploadId, events } of happenings) {
    expect({ bundleId, uploadId, owner }).toEqual({ bundleId: "trip", uploadId: id, owner });
    for (const { upload } of events) expect(upload).toMatchObject({ state: "completed", file: { id } });
  }
});

test("[S7] a refused content is told as a failure that can be mended", async () => {
  const stage = createStage();
  const size = mebibyte + 1;
  const id = await stage.begin(size);
  await stage.sendBytes(id, new Uint8Array(size));
  expect(await codeOf(stage.domain.finalize(owner, id, { sha256: "00".repeat(32) }))).toBe("file_mismatch");
  const { happenings } = await told(stage, 2, 9);
  expect(happenings.flatMap(({ events }) => events)).toMatchObject([
    { type: "failed", code: "file_mismatch", detail: expect.stringContaining("SHA-256"), upload: { state: "active" } },
  ]);
});

test("[S7] page by page nothing is left out, whatever is sifted", async () => {
  const stage = createStage();
  const trip = { bundle: { id: "trip", position: 0 } };
  const ids = [await stage.begin(1, trip), await stage.begin(2), await stage.begin(3, trip)];
  await stage.domain.initialize("somebody else", { filename: "a", size: 1, ...trip }, null);
  for (const id of ids) await stage.domain.cancel(owner, id);
  const everything = await told(stage, 0, 99);
  const of = (uploads: readonly (string | undefined)[]) => everything.kinds.filter(({ id }) => uploads.includes(id));
  const subjects = [
    [{ owner, subject: "uploads" }, of(ids)],
    [{ owner, subject: "bundle:trip" }, of([ids[0], ids[2]])],
    [{ owner, subject: `upload:${ids[1]}` }, of([ids[1]])],
    [{ owner: "somebody else", subject: "uploads" }, everything.kinds.filter(({ id }) => !ids.includes(id))],
  ] as const;
  for (const [watched, expected] of subjects) {
    const kinds: unknown[] = [];
    let page = await told(stage, 0, 2, watched);
    for (let after = 0; ; after = page.seq, page = await told(stage, after, 2, watched)) {
      kinds.push(...page.kinds);
      if (page.isLast) break;
    }
    expect(kinds).toEqual(expected);
    expect(page.seq).toBe(everything.seq);
  }
  const foreign = { owner: "somebody else", subject: `upload:${ids[0]}` } as const;
  expect(await codeOf(stage.domain.eventsAfter(0, 9, foreign))).toBe("not_found");
});

test("[S7] a snapshot has what is on its way, page by page, and one that is named in whatever state", async () => {
  const stage = createStage();
  const count = liveLimits.maxUploadsPerPage + 5;
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    ids.push(await stage.begin(1, n % 2 === 0 ? { bundle: { id: "even", position: n } } : {}));
  }
  await stage.domain.initialize("somebody else", { filename: "a", size: 1 }, null);
  const [gone] = ids.splice(0, 1) as [string];
  await stage.domain.cancel(owner, gone);
  ids.reverse();
  const first = await stage.domain.snapshot(all, null);
  expect(isSnapshot.Errors(first)).toEqual([]);
  expect(first.seq).toBe(count + 2);
  const second = await stage.domain.snapshot(all, first.next as string);
  expect(second.next).toBeUndefined();
  expect([...first.uploads, ...second.uploads].map(({ id }) => id)).toEqual(ids);
  const even = await stage.domain.snapshot({ owner, subject: "bundle:even" }, null);
  expect(even.uploads).toHaveLength(52);
  const named = await stage.domain.snapshot({ owner, subject: `upload:${gone}` }, null);
  expect(named.uploads).toMatchObject([{ id: gone, state: "cancelled" }]);
  const asked = stage.domain.snapshot({ owner: "somebody else", subject: `upload:${gone}` }, null);
  expect(await codeOf(asked)).toBe("not_found");
  expect(await codeOf(stage.domain.snapshot(all, "-1"))).toBe("invalid_request");
});

test("[S7] a commit tells those who follow what became durable, and only them", async () => {
  const stage = createStage();
  const size = 5 * mebibyte;
  const id = await stage.begin(size, { bundle: { id: "trip", position: 0 } });
  await stage.send(id, [1], size);
  const heard: [Progress, number][] = [];
  const end = stage.bus.followProgress((progress, seq) => heard.push([progress[0] as Progress, seq]));
  await stage.send(id, [3, 4], size);
  await stage.send(id, [3, 4], size);
  expect(heard).toEqual([
    [
      {
        uploadId: id,
        owner,
        bundleId: "trip",
        at: stage.clock.now(),
        sizeBytes: size,
        receivedBytes: 3 * mebibyte,
        missingCount: 2,
        ranges: [[3, 4]],
        isResumed: false,
      },
      1,
    ],
  ]);
  end();
  await stage.send(id, [5], size);
  expect(heard).toHaveLength(1);
});

test("[S7] bytes after ten seconds of silence are told as resumed, unless they are the first", async () => {
  const stage = createStage();
  const size = 3 * mebibyte;
  const id = await stage.begin(size);
  const heard: boolean[] = [];
  stage.bus.followProgress(([progress]) => heard.push((progress as Progress).isResumed));
  for (const [chunk, silenceMs] of [
    [1, 20_000],
    [2, 9_999],
    [3, 10_000],
  ] as const) {
    stage.clock.advance(silenceMs);
    await stage.send(id, [chunk], size);
  }
  expect(heard).toEqual([false, false, true]);
});
