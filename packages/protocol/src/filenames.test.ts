import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isUploadId, normalizeFilename } from "./filenames.ts";
import { limits } from "./limits.ts";

describe("a filename is data", () => {
  test.each([
    ["an ordinary one", "Holiday 2024.mp4"],
    ["a path upwards", "../../etc/passwd"],
    ["a Windows path", "C:\\Windows\\system32\\drivers"],
    ["a device of DOS", "CON"],
    ["dots", ".."],
    ["only a space", " "],
    ["markup", `<img src=x onerror="alert(1)">`],
    ["a percent sign", "%2e%2e%2f%00"],
    ["shell signs", "$(reboot); `id` | *"],
    ["another script", "ملف.pdf"],
    ["an emoji of several code points", "👩‍👩‍👧‍👦.png"],
    ["1,024 bytes", "é".repeat(512)],
  ])("[S11] %s is kept to the letter", (_, name) => {
    expect(normalizeFilename(name)).toBe(name);
  });

  test.each([
    ["nothing", ""],
    ["a NUL", "a\u0000.jpg"],
    ["a line end", "a\r\nSet-Cookie: b=c"],
    ["a tab", "a\tb"],
    ["an escape", "\u001b[31mred"],
    ["DEL", "a\u007f"],
    ["a C1 control", "a\u0085b"],
    ["a line separator", "a\u2028b"],
    ["a right-to-left override", "photo\u202egpj.exe"],
    ["an isolate", "a\u2066b"],
    ["a right-to-left mark", "a\u200fb"],
    ["an Arabic letter mark", "a\u061cb"],
    ["a lone high surrogate", "a\ud800"],
    ["a lone low surrogate", "\udc00a"],
    ["1,025 bytes", "a".repeat(1_025)],
    ["4 KiB of two-byte letters", "é".repeat(2_048)],
  ])("[S11] with %s is refused", (_, name) => {
    expect(normalizeFilename(name)).toBeUndefined();
  });

  test("[S11] is stored in NFC, so that the same name is the same text", () => {
    expect(normalizeFilename("Cafe\u0301.txt")).toBe("Caf\u00e9.txt");
    expect(normalizeFilename("\u1100\u1161")).toBe("\uac00");
  });

  test("[S11] the limit counts the bytes that are stored", () => {
    expect(normalizeFilename("e\u0301".repeat(512))).toBe("\u00e9".repeat(512));
  });

  test("[S11] whatever comes in, what is stored is well formed, bounded, normal and without controls", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" })), (name) => {
        const stored = normalizeFilename(name);
        if (stored === undefined) return;
        expect(stored.isWellFormed()).toBe(true);
        expect(stored).toBe(stored.normalize("NFC"));
        expect(normalizeFilename(stored)).toBe(stored);
        expect(Buffer.byteLength(stored)).toBeLessThanOrEqual(limits.maxFilenameBytes);
        expect(stored).not.toMatch(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

test("[S11] an id is 32 lower-case hex digits and nothing else", () => {
  const id = "0123456789abcdef0123456789abcdef";
  expect(isUploadId(id)).toBe(true);
  for (const other of [
    "",
    id.slice(1),
    `${id}0`,
    id.toUpperCase(),
    `../${id.slice(3)}`,
    `${id}\n`,
    `g${id.slice(1)}`,
  ]) {
    expect(isUploadId(other)).toBe(false);
  }
});
