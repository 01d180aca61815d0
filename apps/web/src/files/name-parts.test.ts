import { expect, test } from "vitest";
import { kindOf } from "./kind.ts";
import { nameParts } from "./name-parts.ts";

test("[S16] a long name keeps its end, and no letter is torn apart", () => {
  expect(nameParts("Harbour walk, long take.mov")).toEqual(["Harbour walk, lon", "g take.mov"]);
  expect(nameParts("short.mov")).toEqual(["short.mov", ""]);
  const [head, tail] = nameParts("Familie 👨‍👩‍👧‍👦 am Hafen, Abend 👨‍👩‍👧‍👦12345.jpg");
  expect(tail).toBe("👨‍👩‍👧‍👦12345.jpg");
  expect(head.endsWith("Abend ")).toBe(true);
});

test("[S16] a name from right to left stays whole", () => {
  const name = "תמונות מהנמל בערב לפני הסערה.jpg";
  expect(nameParts(name)).toEqual([name, ""]);
});

test("[S16] the picture follows the ending, whatever its case", () => {
  expect(["a.MOV", "b.tar.zst", "c", "d.unknown", ".jpg"].map(kindOf)).toEqual([
    "film",
    "archive",
    "file",
    "file",
    "image",
  ]);
});
