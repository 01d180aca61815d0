import { expect, expectTypeOf, test } from "vitest";
import * as browser from "./browser.ts";
import * as node from "./node.ts";

test("[S16] browser and Node are one interface: what runs on one needs no change for the other", () => {
  // Everything that the browser has, Node has too, with the same types; Node adds files.
  expectTypeOf<Pick<typeof node, keyof typeof browser>>().toEqualTypeOf<typeof browser>();
  expect(Object.keys(node)).toEqual(expect.arrayContaining(Object.keys(browser)));
  expect(Object.keys(node).filter((name) => !(name in browser))).toEqual(["openFileJournal", "openPathSource"]);
});
