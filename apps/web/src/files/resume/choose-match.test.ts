import type { Match, UploadState } from "@hawser/client";
import { expect, test } from "vitest";
import { chooseFor } from "./choose-match.ts";

const match = (id: string, evidence: Match["evidence"], filename = "holiday.mp4"): Match => ({
  candidate: {
    id,
    filename,
    size: 10,
    evidence: {},
    receivedBytes: 5,
    missingChunks: [],
    runAlign: 1,
    createdAt: "2026-06-14T09:12:00.000Z",
    expiresAt: "2026-06-21T09:12:00.000Z",
  },
  evidence,
  resume: () => expect.unreachable(),
  discard: () => expect.unreachable(),
});
const own = (id: string, status: UploadState["status"]) =>
  ({ id: `here-${id}`, uploadId: id, status }) as unknown as UploadState;
const chosen = (matches: readonly Match[], states: readonly UploadState[] = []) => {
  const choice = chooseFor("holiday.mp4", matches, states);
  if (choice.kind === "resume") return ["resume", choice.match.candidate.id];
  if (choice.kind === "present") return ["present", choice.id];
  return choice.kind === "ask" ? ["ask", ...choice.matches.map(({ candidate }) => candidate.id)] : ["new"];
};

test("[R1] one candidate with the same content goes on; anything weaker is asked", () => {
  expect(chosen([])).toEqual(["new"]);
  expect(chosen([match("a", "content"), match("b", "name")])).toEqual(["resume", "a"]);
  expect(chosen([match("a", "time")])).toEqual(["ask", "a"]);
  expect(chosen([match("a", "time"), match("b", "name")])).toEqual(["ask", "a", "b"]);
  expect(chosen([match("a", "content"), match("b", "content"), match("c", "name")])).toEqual(["ask", "a", "b"]);
});

test("[R1] the same content under another name is asked: two files may be alike", () => {
  expect(chosen([match("a", "content", "copy of holiday.mp4")])).toEqual(["ask", "a"]);
  expect(chooseFor("e\u0301.mp4", [match("a", "content", "é.mp4")], []).kind).toBe("resume");
});

test("[R1] an upload of this page is a candidate only while it lacks its file", () => {
  expect(chosen([match("a", "content")], [own("a", "needs-source")])).toEqual(["resume", "a"]);
  expect(chosen([match("a", "content")], [own("a", "uploading")])).toEqual(["present", "here-a"]);
  expect(chosen([match("a", "name")], [own("a", "paused")])).toEqual(["new"]);
  expect(chosen([match("a", "content", "other.mp4")], [own("a", "uploading")])).toEqual(["new"]);
});
