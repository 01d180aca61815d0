import { afterAll, beforeAll, expect, test } from "vitest";
import { chunkOf, type Variant } from "../support/contents.ts";
import { formatRequest, Wire, type WireAnswer } from "../support/http-exchange.ts";
import { fileOf, runRequest } from "../support/run-request.ts";
import { expectRefused, mebibyte, openStage, type Stage, sizeBytes } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.server.close());

test("[R5] [R9] another digest for an acknowledged chunk, alone: 409, and the first one stands", async () => {
  const request = ({ part }: { part: string }) => runRequest(part, "1", "b", sizeBytes);
  const { body } = await expectRefused(stage, { what: "alone", request, code: "chunk_conflict" });
  expect(JSON.parse(body.toString()).conflicts).toEqual([[1, 1]]);
});

test("[R5] [R9] another digest for one chunk of a run refuses all of it", async () => {
  const request = ({ part }: { part: string }) => runRequest(part, "1-2", "b", sizeBytes);
  const { body } = await expectRefused(stage, { what: "in a run", request, code: "chunk_conflict" });
  expect(JSON.parse(body.toString()).conflicts).toEqual([[1, 1]]);
});

test("[R5] a replay with damaged bytes, but the right digest, is 200: its bytes are not looked at", async () => {
  const { server, uploads } = stage;
  const before = await server.fingerprint();
  const replay = { ...runRequest(uploads.part, "1", "a", sizeBytes), body: chunkOf("c", 1, sizeBytes) };
  expect(await server.json(replay)).toEqual({ status: 200, receipts: [], skipped: [[1, 1]], missingCount: 1 });
  expect(await server.fingerprint()).toBe(before);
});

/** A request for chunk 1 that claims one content and brings another, and how it may end. */
interface Twin {
  readonly claim: Variant;
  readonly bytes: Variant;
  readonly answers: readonly number[];
}
const good: Twin = { claim: "a", bytes: "a", answers: [200, 409] };
const damaged: Twin = { claim: "a", bytes: "c", answers: [200, 409, 422] };
const other: Twin = { claim: "b", bytes: "b", answers: [200, 409] };
const races: [string, readonly Twin[]][] = [
  ["a good and a damaged twin", [good, damaged]],
  ["a damaged twin first", [damaged, good]],
  ["two good twins", [good, good]],
  ["four good and four damaged ones", [good, damaged, good, damaged, damaged, good, damaged, good]],
  ["another content", [good, other]],
  ["another content first", [other, good, damaged]],
  ["all at once", [damaged, other, good, damaged, good, other]],
];
/** Where the bodies stop until all have come so far: before their end, so that all were admitted before any commits. */
const stops = [1, 524_288, mebibyte - 1];

test.each(races.flatMap(([what, twins]) => stops.map((stop) => [what, stop, twins] as const)))(
  "[R5] [S4] %s racing, held back after %i bytes: what is acknowledged is unharmed",
  async (_what, stop, twins) => {
    const { server } = stage;
    const id = await server.begin(sizeBytes);
    await server.send(id, "2", "a", sizeBytes);
    const wires = twins.map(() => new Wire(server.port));
    const requests = twins.map(({ claim, bytes }) => ({
      ...runRequest(id, "1", claim, sizeBytes),
      body: chunkOf(bytes, 1, sizeBytes),
    }));
    const length = { "content-length": String(mebibyte) };
    await Promise.all(
      wires.map((wire, i) => {
        const { body, ...rest } = requests[i] as (typeof requests)[number];
        return wire.write(
          formatRequest({ ...rest, headers: { ...rest.headers, ...length }, body: body.subarray(0, stop) }),
        );
      }),
    );
    // An answer on another connection: by then the server has read the heads of these.
    await server.json({ target: `/uploads/${id}/resume` });
    await Promise.all(wires.map((wire, i) => wire.write(requests[i]?.body.subarray(stop) ?? "")));
    const answers = await Promise.all(wires.map((wire): Promise<WireAnswer> => wire.answer()));
    answers.forEach(({ status }, i) => {
      expect(twins[i]?.answers).toContain(status);
    });
    await expectOneContent(id, twins, answers);
    expect(server.complaints).toEqual([]);
  },
);

/** Exactly one content won, all who claimed it with its bytes were told so, and the file has it. */
async function expectOneContent(id: string, twins: readonly Twin[], answers: readonly WireAnswer[]): Promise<void> {
  const { server } = stage;
  const honest = twins.map(({ claim, bytes }, i) => ({ claim, isHonest: claim === bytes, status: answers[i]?.status }));
  const taken = new Set(honest.filter(({ status }) => status === 200).map(({ claim }) => claim));
  expect(taken.size, "contents that were acknowledged").toBe(1);
  const [winner] = [...taken] as [Variant];
  for (const { claim, isHonest, status } of honest) {
    if (isHonest) expect(status).toBe(claim === winner ? 200 : 409);
  }
  const { status } = await server.post(`/uploads/${id}/finalize`, {});
  expect(status).toBe(200);
  const { body } = await server.ask({ target: `/files/${id}` });
  expect(body.subarray(0, mebibyte).equals(chunkOf(winner, 1, sizeBytes))).toBe(true);
  expect(body.subarray(mebibyte).equals(chunkOf("a", 2, sizeBytes))).toBe(true);
  expect((await server.post(`/uploads/${id}/verify`)).damaged).toEqual([]);
}

test("[R5] a damaged twin of a chunk that is acknowledged meanwhile does not touch it", async () => {
  const { server } = stage;
  const id = await server.begin(sizeBytes);
  const slow = new Wire(server.port);
  const request = { ...runRequest(id, "1-2", "a", sizeBytes), body: fileOf("c", sizeBytes) };
  const bytes = formatRequest(request);
  await slow.write(bytes.subarray(0, -10));
  // It was admitted, and the first chunk of it is refused, while the right one comes and is acknowledged.
  expect((await server.send(id, "1-2", "a", sizeBytes)).status).toBe(200);
  await slow.write(bytes.subarray(-10));
  const { status } = await slow.answer();
  expect([200, 422]).toContain(status);
  expect((await server.post(`/uploads/${id}/finalize`, {})).status).toBe(200);
  expect((await server.ask({ target: `/files/${id}` })).body.equals(fileOf("a", sizeBytes))).toBe(true);
  expect(server.complaints).toEqual([]);
});
