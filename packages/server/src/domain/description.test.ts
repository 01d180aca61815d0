import { HawserError, type InitializeRequest } from "@hawser/protocol";
import { expect, describe as group, test } from "vitest";
import { describe } from "./description.ts";
import { describeOneShot } from "./one-shot-fields.ts";

const max = 1_000;
const body = (patch: Record<string, unknown>) => ({ filename: "a.txt", size: 5, ...patch }) as InitializeRequest;

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof HawserError ? error.code : "not a HawserError";
  }
}

group("the body of initialize", () => {
  test("[S1] defaults are filled in and names are stored in one form", () => {
    expect(
      describe(body({ filename: "e\u0301.txt", contentType: "", lastModified: "2026-01-02T03:04Z" }), max),
    ).toEqual({
      filename: "\u00e9.txt",
      contentType: "application/octet-stream",
      sizeBytes: 5,
      lastModified: "2026-01-02T03:04:00.000Z",
      metadata: {},
      evidence: {},
      priority: "normal",
      bundle: null,
      sealed: false,
    });
  });

  test("[S1] a path, a device name and dots are names like any other", () => {
    for (const filename of ["../../etc/passwd", "CON", "..", "a/b\\c"]) {
      expect(describe(body({ filename }), max).filename).toBe(filename);
    }
  });

  test.each([
    ["an empty name", { filename: "" }],
    ["a NUL", { filename: "a\u0000b" }],
    ["a right-to-left override", { filename: "a\u202egpj.exe" }],
    ["a name of 4 KB", { filename: "x".repeat(4_096) }],
    ["half a character", { filename: "\ud800" }],
    ["a negative size", { size: -1 }],
    ["a fractional size", { size: 1.5 }],
    ["2^53", { size: 2 ** 53 }],
    ["a size that is text", { size: "5" }],
    ["a header in the type", { contentType: "text/plain\r\nx: y" }],
    ["a type without a subtype", { contentType: "text" }],
    ["a time that is none", { lastModified: "yesterday" }],
    ["a month 13", { lastModified: "2026-13-01T00:00:00Z" }],
    ["upper-case hex", { evidence: { sha256: "A".repeat(64) } }],
    ["33 keys", { metadata: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`k${i}`, 1])) }],
    ["8 KiB of metadata", { metadata: { note: "x".repeat(8_192) } }],
    ["nested metadata", { metadata: { a: { b: 1 } } }],
    ["metadata that is not a number", { metadata: { a: Number.NaN } }],
    ["an empty key", { metadata: { "": 1 } }],
  ])("[S15] %s is refused", (_, patch) => {
    expect(codeOf(() => describe(body(patch), max))).toBe("invalid_request");
  });

  test("[S2] a file beyond the server's maximum is told apart", () => {
    expect(codeOf(() => describe(body({ size: max + 1 }), max))).toBe("size_too_large");
    expect(describe(body({ size: max }), max).sizeBytes).toBe(max);
    expect(describe(body({ size: null }), max).sizeBytes).toBeNull();
  });

  test("[S15] a key named __proto__ is a key like any other", () => {
    const metadata = JSON.parse('{"__proto__": "x", "constructor": 1}');
    const kept = describe(body({ metadata }), max).metadata;
    expect(JSON.stringify(kept)).toBe('{"__proto__":"x","constructor":1}');
    expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
  });
});

group("the query of a one-shot request", () => {
  test("[S1] fields become what initialize would have said", () => {
    const fields = {
      filename: "a.txt",
      contentType: "text/plain",
      priority: "high",
      bundleId: "post-1",
      bundlePosition: "2",
      sha256: "0".repeat(64),
      sampledHash: "1".repeat(64),
      metadata: '{"path":"a/b.txt","__proto__":1,"kept":null}',
    };
    expect(describeOneShot(fields, 7, max)).toMatchObject({
      sizeBytes: 7,
      priority: "high",
      bundle: { id: "post-1", position: 2 },
      evidence: { sha256: "0".repeat(64), sampledHash: "1".repeat(64) },
    });
    const { metadata } = describeOneShot(fields, 7, max);
    expect(Object.entries(metadata)).toEqual([
      ["path", "a/b.txt"],
      ["__proto__", 1],
      ["kept", null],
    ]);
  });

  test.each([
    ["a field that is not known", { filename: "a", size: "5" }],
    ["no name", {}],
    ["an unknown priority", { filename: "a", priority: "urgent" }],
    ["a bundle without a position", { filename: "a", bundleId: "b" }],
    ["a position without a bundle", { filename: "a", bundlePosition: "1" }],
    ["a position that is no number", { filename: "a", bundleId: "b", bundlePosition: "1e3" }],
    ["a position that is too high", { filename: "a", bundleId: "b", bundlePosition: "1000001" }],
    ["metadata that is no JSON", { filename: "a", metadata: "path=b" }],
    ["metadata that is a list", { filename: "a", metadata: "[1]" }],
    ["metadata that is nothing", { filename: "a", metadata: "null" }],
    ["metadata with something nested", { filename: "a", metadata: '{"a":{"b":1}}' }],
    ["metadata with a number beyond all", { filename: "a", metadata: '{"a":1e999}' }],
    ["metadata with an empty key", { filename: "a", metadata: '{"":1}' }],
    ["metadata with a long key", { filename: "a", metadata: JSON.stringify({ ["k".repeat(129)]: 1 }) }],
    ["metadata with half a character", { filename: "a", metadata: '{"a":"\\ud800"}' }],
    ["too much metadata", { filename: "a", metadata: JSON.stringify({ a: "x".repeat(8_192) }) }],
    ["a bundle id with a slash", { filename: "a", bundleId: "b/c", bundlePosition: "1" }],
  ])("[S15] %s is refused", (_, fields) => {
    expect(codeOf(() => describeOneShot(fields as Record<string, string>, 5, max))).toBe("invalid_request");
  });
});
