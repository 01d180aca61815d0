import { expect, test } from "vitest";
import { safeBasename } from "./target.ts";

const id = "0123456789abcdef0123456789abcdef";

test("[X5] a name from the server becomes a plain basename", () => {
  const names: Record<string, string> = {
    "photo.jpg": "photo.jpg",
    "Grüße 写真.png": "Grüße 写真.png",
    "../../etc/passwd": "__.._etc_passwd",
    "C:\\windows\\x.exe": "C__windows_x.exe",
    ".bashrc": "_bashrc",
    "..": id,
    "": id,
    "a\u0000b\u001b[31m\u202ec.txt": "a_b_[31m_c.txt",
    "CON.txt": "_CON.txt",
    "name. ": "name",
  };
  for (const [given, expected] of Object.entries(names)) expect(safeBasename(given, id)).toBe(expected);
});

test("[X5] a long name is cut before its extension, never inside a character", () => {
  const name = safeBasename(`${"写".repeat(400)}.jpeg`, id);
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(250);
  expect(name).toMatch(/^写+\.jpeg$/);
});
