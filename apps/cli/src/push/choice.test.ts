import type { Match } from "@hawser/client";
import { expect, test } from "vitest";
import { chooseMatch, needsFullHash } from "./choice.ts";

function match(evidence: Match["evidence"], receivedBytes = 0, hashes: Match["candidate"]["evidence"] = {}): Match {
  const candidate = { receivedBytes, evidence: hashes } as Match["candidate"];
  return { candidate, evidence, resume: () => expect.fail(), discard: () => expect.fail() };
}

test("[R1] the same content goes on in silence, with the least left to send", () => {
  const [less, more] = [match("content", 5), match("content", 9)];
  for (const manner of ["ask", "yes", "silent"] as const) {
    expect(chooseMatch([less, more, match("name", 99)], manner)).toEqual({ kind: "resume", match: more });
    expect(chooseMatch([], manner)).toEqual({ kind: "anew" });
  }
});

test("[R1] name, size and time are offered, never taken unasked", () => {
  for (const matches of [[match("time")], [match("name"), match("name")]]) {
    expect(chooseMatch(matches, "ask")).toEqual({ kind: "ask", matches });
    expect(chooseMatch(matches, "yes")).toEqual({ kind: "resume", match: matches[0] });
    expect(chooseMatch(matches, "silent")).toEqual({ kind: "unasked", matches });
  }
});

test("[R1] [R2] the whole file is read only where that can tell several candidates apart", () => {
  const hashed = match("name", 0, { sha256: "0".repeat(64) });
  expect(needsFullHash([match("name"), hashed])).toBe(true);
  expect(needsFullHash([hashed])).toBe(false);
  expect(needsFullHash([match("name"), match("name")])).toBe(false);
  expect(needsFullHash([match("content"), hashed])).toBe(false);
});
