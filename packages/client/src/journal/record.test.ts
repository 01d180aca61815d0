import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sampleRecord } from "../../test/contracts/journal.contract.ts";
import { parseRecord } from "./record.ts";

/** As the first version wrote it; every later program must read it. */
const firstVersion = `{"version":1,"id":"a1","endpoint":"http://localhost:8080/","source":{"name":"a.bin","sizeBytes":null,
"contentType":null,"lastModified":null},"origin":null,"evidence":{},"metadata":{},"priority":"normal","bundle":null,
"contentType":null,"idempotencyKey":"k","upload":null,"paused":[],"parked":null,"position":0,"createdAt":0}`;

test("[R12] a record of the first version is read", () => {
  const value = JSON.parse(firstVersion);
  expect(parseRecord(value)).toEqual({ kind: "record", record: value });
});

test("[R12] a record of a newer program is told apart, so that nobody destroys it", () => {
  expect(parseRecord({ version: 2, anything: true })).toEqual({ kind: "newer" });
});

describe("damaged records", () => {
  const sample = sampleRecord("a");

  test.each(Object.keys(sample))("[R12] without %s, or with nonsense in it, is not understood", (name) => {
    const { [name as keyof typeof sample]: _, ...rest } = sample;
    expect(parseRecord(rest)).toEqual({ kind: "unreadable" });
    expect(parseRecord({ ...sample, [name]: [["nonsense"]] })).toEqual({ kind: "unreadable" });
    expect(parseRecord({ ...sample, [name]: 1n }).kind).toBe("unreadable");
  });

  test.each([
    { source: { ...sample.source, sizeBytes: -1 } },
    { source: { ...sample.source, name: "" } },
    { origin: { kind: "path" } },
    { origin: { kind: "elsewhere", path: "/a" } },
    { evidence: { sampledHash: 5 } },
    { metadata: { nested: {} } },
    { upload: { id: "a", runAlign: 0, maxRunChunks: 64 } },
    { paused: ["tired"] },
    { position: null },
  ])("[R12] with %o is not understood", (changes) => {
    expect(parseRecord({ ...sample, ...changes })).toEqual({ kind: "unreadable" });
  });

  test("[R12] nothing at all makes reading throw, and what is read has every field", () => {
    const anything = fc.anything({ withBigInt: true, withNullPrototype: true, withTypedArray: true, withMap: true });
    const mutated = fc
      .tuple(fc.constantFrom(...Object.keys(sample)), anything)
      .map(([name, value]) => ({ ...sample, [name]: value }));
    fc.assert(
      fc.property(fc.oneof(anything, mutated), (value) => {
        const parsed = parseRecord(value);
        if (parsed.kind === "record")
          expect(Object.keys(parsed.record)).toEqual(expect.arrayContaining(Object.keys(sample)));
      }),
      { numRuns: 2_000 },
    );
  });
});
