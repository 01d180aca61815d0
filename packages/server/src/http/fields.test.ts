import fc from "fast-check";
import { expect, test } from "vitest";
import { parseFieldBoolean, parseFieldInteger, parseNatural, parseQuery } from "./fields.ts";

test("[S15] numbers are plain digits up to 2^53 - 1", () => {
  expect(parseNatural("0")).toBe(0);
  expect(parseNatural("9007199254740991")).toBe(Number.MAX_SAFE_INTEGER);
  for (const bad of [
    "",
    " 1",
    "1 ",
    "+1",
    "-1",
    "-0",
    "1.0",
    "1e3",
    "0x1",
    "01",
    "9007199254740992",
    "١",
    "1\n",
    "NaN",
  ]) {
    expect(parseNatural(bad), bad).toBeUndefined();
  }
  expect(parseFieldInteger("007")).toBe(7);
  for (const bad of ["", "-1", "+1", "1.0", "1;a", "1, 2", "9007199254740992", "99999999999999999"]) {
    expect(parseFieldInteger(bad), bad).toBeUndefined();
  }
});

test("[S15] any number survives being written and read", () => {
  fc.assert(fc.property(fc.maxSafeNat(), (value) => parseNatural(String(value)) === value));
});

test("[S15] booleans are ?1 and ?0 and nothing else", () => {
  expect([parseFieldBoolean("?1"), parseFieldBoolean("?0")]).toEqual([true, false]);
  for (const bad of ["", "1", "true", "?2", "?1;a", "?1, ?0"]) expect(parseFieldBoolean(bad), bad).toBeUndefined();
});

test("[S15] a query is decoded, and refused when it is ambiguous or broken", () => {
  expect(parseQuery("a=1&b=%C3%A4+x&c&=d")).toEqual({ a: "1", b: "ä x", c: "", "": "d" });
  expect(parseQuery("")).toEqual({});
  expect(Object.keys(parseQuery("__proto__=x"))).toEqual(["__proto__"]);
  for (const bad of ["a=1&a=2", "a=%", "a=%C3", "%zz=1"]) {
    expect(() => parseQuery(bad), bad).toThrowError(expect.objectContaining({ code: "invalid_request" }));
  }
});
