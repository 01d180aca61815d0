import { expect, expectTypeOf, test } from "vitest";
import * as browser from "./browser.ts";
import * as node from "./node.ts";

test("[S16] browser and Node are one interface: what runs on one needs no change for the other", () => {
  // Everything that the browser has, Node has too, with the same types, but for handles of files; Node adds files.
  type Shared = Omit<typeof browser, "handleSource">;
  expectTypeOf<Pick<typeof node, keyof Shared>>().toEqualTypeOf<Shared>();
  expect(Object.keys(browser).filter((name) => !(name in node))).toEqual(["handleSource"]);
  expect(Object.keys(node).filter((name) => !(name in browser))).toEqual(["openFileJournal", "openPathSource"]);
});
