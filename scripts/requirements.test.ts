import { expect, test } from "vitest";
import { projectOf } from "./project.ts";
import { requirementMatrix } from "./requirements.ts";

const path = "packages/a/src/a.test.ts";
const sample = (code: string) => projectOf({ [path]: `import { describe, test } from "vitest";\n${code}\n` });
const requirements = {
  S1: { text: "endpoints" },
  S3: { text: "memory", kind: "bench" },
  R5: { text: "duplicates" },
} as const;
const rowOf = (page: string, id: string) => page.split("\n").find((line) => line.startsWith(`| ${id} `));

test("a row is claimed by titles only, and counts them", () => {
  const code = `describe("[S1] uploads", () => { test("a", f); test("[R5] b", f); });`;
  const { page, unknown } = requirementMatrix(sample(code), requirements);
  expect(rowOf(page, "S1")).toBe("| S1 | endpoints | [a.test.ts](../packages/a/src/a.test.ts) 2 |  |");
  expect(rowOf(page, "R5")).toBe("| R5 | duplicates | [a.test.ts](../packages/a/src/a.test.ts) 1 |  |");
  expect(unknown).toEqual([]);
});

test("a row without tests says so, and a figure says where it is printed", () => {
  const { page } = requirementMatrix(sample(""), requirements);
  expect(rowOf(page, "S1")).toBe("| S1 | endpoints | not yet |  |");
  expect(rowOf(page, "S3")).toBe("| S3 | memory | *bench* |  |");
});

test("an id that no requirement has is named with its file", () => {
  const { unknown } = requirementMatrix(sample(`test("[S99] a", f);`), requirements);
  expect(unknown).toEqual([`${path}: no requirement has the id S99`]);
});

test("pages that name an id stand beside it", () => {
  const { page } = requirementMatrix(
    projectOf({ "docs/states.md": "A chunk is acknowledged once [R5].\n" }),
    requirements,
  );
  expect(rowOf(page, "R5")).toBe("| R5 | duplicates | not yet | [states.md](../docs/states.md) |");
});
