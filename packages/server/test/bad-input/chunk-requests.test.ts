import { formatDigestList } from "@hawser/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chunkOf, digestOf } from "../support/contents.ts";
import type { WireRequest } from "../support/http-exchange.ts";
import { runRequest } from "../support/run-request.ts";
import { flipBit } from "../support/scripted-body.ts";
import { type BadRequest, expectRefused, mebibyte, openStage, partialRequest, type Stage, sizeBytes } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.server.close());

/** The run `1-2` of an upload of which nothing was sent, with these headers. */
const run = (headers: WireRequest["headers"]): BadRequest["request"] => {
  return ({ fresh }) => runRequest(fresh, "1-2", "a", sizeBytes, headers);
};
const digests = [1, 2].map((chunk) => digestOf("a", chunk, sizeBytes));
const [one, two] = digests.map((digest) => formatDigestList([digest]));
const hex = Buffer.from(digests[0] as Uint8Array).toString("hex");

const wrongDigests: BadRequest[] = [
  ["missing", null],
  ["empty", ""],
  ["one for two chunks", one ?? ""],
  ["three for two chunks", `${one}, ${two}, ${two}`],
  ["four, in two header lines", [`${one}, ${two}`, `${one}, ${two}`]],
  ["with an empty member", `${one},, ${two}`],
  ["with a comma at the end", `${one}, ${two},`],
  ["in hex", `${hex}, ${hex}`],
  ["with the algorithm's name", `sha-256=${one}, sha-256=${two}`],
  ["one byte short", `:${Buffer.alloc(31).toString("base64")}:, ${two}`],
  ["one byte long", `:${Buffer.alloc(33).toString("base64")}:, ${two}`],
  ["without padding", `${one?.replace("=", "")}, ${two}`],
  ["in base64url", `:${"-_".repeat(21)}A=:, ${two}`],
  ["with parameters", `${one};q=1, ${two}`],
  ["as an inner list", `(${one} ${two})`],
  ["as a string", `"${hex}", "${hex}"`],
  ["with bytes beyond ASCII", `${one}, :\u00e9${"A".repeat(42)}=:`],
].map(([what, value]) => ({
  what: `Chunk-Digests ${what}`,
  request: run({ "chunk-digests": value as string | string[] | null }),
  code: "digest_required",
}));

const wrongLengths: BadRequest[] = [
  {
    what: "a Content-Length below the run",
    request: ({ fresh }) => {
      const whole = runRequest(fresh, "1-2", "a", sizeBytes);
      return { ...whole, body: whole.body.subarray(1) };
    },
    code: "body_too_short",
  },
  {
    what: "a Content-Length above the run",
    request: ({ fresh }) => {
      const whole = runRequest(fresh, "1-2", "a", sizeBytes);
      return { ...whole, body: Buffer.concat([whole.body, Buffer.of(1)]) };
    },
    code: "body_too_long",
  },
  {
    what: "an empty body",
    request: ({ fresh }) => ({ ...runRequest(fresh, "1", "a", sizeBytes), body: "" }),
    code: "body_too_short",
  },
  {
    what: "no Content-Length",
    request: ({ fresh }) => ({ ...runRequest(fresh, "2", "a", sizeBytes, { "content-length": null }), body: "" }),
    code: "length_required",
  },
  {
    what: "Transfer-Encoding: chunked",
    request: ({ fresh }) => ({
      ...runRequest(fresh, "2", "a", sizeBytes, { "content-length": null, "transfer-encoding": "chunked" }),
      body: `${(300).toString(16)}\r\n${"x".repeat(300)}\r\n0\r\n\r\n`,
    }),
    code: "length_required",
  },
  {
    what: "a full chunk at the place of the short one",
    request: ({ fresh }) => ({ ...runRequest(fresh, "2", "a", sizeBytes), body: chunkOf("a", 2, null) }),
    code: "body_too_long",
  },
  {
    what: "a short chunk while the size is unknown",
    request: ({ open }) => runRequest(open, "1", "a", 700),
    code: "body_too_short",
  },
];

const wrongRuns: BadRequest[] = [
  ...["0", "3", "2-3", "2-1", "0-1", "1-65", "1-66", "3-3", "4294967297", "9007199254740991", "9007199254740992"],
  ...["99999999999999999999999999", `1-${"9".repeat(400)}`, "9".repeat(4_000)],
  ...[
    "+1",
    "-1",
    "--1",
    "1-",
    "1--2",
    "1-2-3",
    "01",
    "0x1",
    "1e0",
    "1.0",
    "1,2",
    "1_2",
    "NaN",
    "Infinity",
    "null",
    "a",
  ],
  ...["%31", "1%2D2", "%201", "1%20", "1%00", "%D9%A1", "1%0A", "*", "1;2", "1..2", "1%2F2"],
].map((text) => ({
  what: `chunk ${text.length > 40 ? `${text.slice(0, 9)}… (${text.length} characters)` : text}`,
  request: ({ fresh }) => ({ ...runRequest(fresh, "2", "a", sizeBytes), target: `/uploads/${fresh}/chunks/${text}` }),
  code: "invalid_chunk",
}));

const wrongHeaders: BadRequest[] = [
  ["chunk-offset", "-1", "invalid_request"],
  ["chunk-offset", "1.5", "invalid_request"],
  ["chunk-offset", "1e1", "invalid_request"],
  ["chunk-offset", "99999999999999999999", "invalid_request"],
  ["chunk-offset", "", "invalid_request"],
  ["chunk-offset", ["1", "2"], "invalid_request"],
  ["chunk-offset", String(mebibyte + 1), "invalid_chunk"],
  ["chunk-offset", "5", "offset_conflict"],
  ["chunk-partial", "1", "invalid_request"],
  ["chunk-partial", "?2", "invalid_request"],
  ["upload-length", "-1", "invalid_request"],
  ["upload-length", "x", "invalid_request"],
  ["upload-length", "9007199254740992", "invalid_request"],
  ["upload-length", String(sizeBytes + 1), "size_conflict"],
  ["upload-complete", "yes", "invalid_request"],
  ["content-encoding", "gzip", "unsupported_media_type"],
  ["content-encoding", "identity, gzip", "unsupported_media_type"],
].map(([name, value, code]) => ({
  what: `${name}: ${value}`,
  request: ({ fresh }) => {
    const whole = runRequest(fresh, "1-2", "a", sizeBytes, { [name as string]: value as string | string[] });
    // A body that fits the offset, so that nothing but the offset is wrong.
    return name === "chunk-offset" && value === "5" ? { ...whole, body: whole.body.subarray(5) } : whole;
  },
  code: code as BadRequest["code"],
}));

const wrongPartials = (
  [
    {
      what: "a run",
      request: ({ fresh }) => ({ ...partialRequest(fresh, 9), target: `/uploads/${fresh}/chunks/1-2` }),
      code: "invalid_chunk",
    },
    { what: "nothing", request: ({ fresh }) => partialRequest(fresh, 0), code: "body_too_short" },
    {
      what: "no digest",
      request: ({ fresh }) => partialRequest(fresh, 9, { "content-digest": null }),
      code: "digest_required",
    },
    {
      what: "another algorithm",
      request: ({ fresh }) => partialRequest(fresh, 9, { "content-digest": `md5=${one}` }),
      code: "digest_required",
    },
    {
      what: "another digest",
      request: ({ fresh }) => partialRequest(fresh, 9, { "content-digest": `sha-256=${one}` }),
      code: "digest_mismatch",
    },
    {
      what: "more than a chunk",
      request: ({ fresh }) => ({ ...partialRequest(fresh, 9), body: Buffer.alloc(mebibyte + 1) }),
      code: "body_too_long",
    },
    {
      what: "a gap after the prefix",
      request: ({ open }) => partialRequest(open, 9, { "chunk-offset": "1001" }),
      code: "offset_conflict",
    },
    {
      what: "other bytes than the prefix",
      request: ({ open }) => partialRequest(open, 9, { "chunk-offset": "3" }),
      code: "offset_conflict",
    },
  ] satisfies BadRequest[]
).map((bad): BadRequest => ({ ...bad, what: `Chunk-Partial with ${bad.what}` }));

const wrongBytes: BadRequest[] = [0, 524_288, mebibyte - 1].map((at) => ({
  what: `the bit at byte ${at} flipped`,
  request: ({ fresh }) => {
    const whole = runRequest(fresh, "1", "a", sizeBytes);
    return { ...whole, body: flipBit(whole.body, at) };
  },
  code: "digest_mismatch",
}));

const wrongStates: BadRequest[] = [
  {
    what: "a chunk after cancel",
    request: ({ cancelled }) => runRequest(cancelled, "1", "a", sizeBytes),
    code: "gone",
  },
  {
    what: "a chunk after the file was deleted",
    request: ({ deleted }) => runRequest(deleted, "1", "a", 700),
    code: "gone",
  },
  {
    what: "another chunk after completion",
    request: ({ done }) => runRequest(done, "1", "b", 700),
    code: "chunk_conflict",
  },
  {
    what: "a prefix while completed, of a chunk that is not there",
    request: ({ done }) => ({ ...runRequest(done, "2", "a", null) }),
    code: "invalid_chunk",
  },
  {
    what: "a size too large for the server",
    request: ({ open }) => runRequest(open, "1", "a", null, { "upload-length": String(2 ** 41) }),
    code: "size_too_large",
  },
  {
    what: "a size below the prefix",
    request: ({ open }) => runRequest(open, "1", "a", 999, { "upload-length": "999" }),
    code: "size_conflict",
  },
];

const all = [
  ...[...wrongDigests, ...wrongLengths, ...wrongRuns, ...wrongHeaders, ...wrongPartials, ...wrongBytes, ...wrongStates],
].map((bad): [string, BadRequest] => [bad.what, bad]);

test.each(all)("[S4] [S15] a chunk request is refused and changes nothing: %s", async (_what, bad) => {
  await expectRefused(stage, bad);
});

test("[S4] [S15] what stands ready can still be finished, exactly, after all of that", async () => {
  const { server, uploads } = stage;
  const before = await server.fingerprint();
  const { status, file } = await server.send(uploads.fresh, "1-2", "a", sizeBytes, { "upload-complete": "?1" });
  expect([status, file?.size]).toEqual([200, sizeBytes]);
  expect(await server.fingerprint(), "changes would have been seen").not.toBe(before);
  const { body } = await server.ask({ target: `/files/${uploads.fresh}` });
  expect(body.equals(Buffer.concat([1, 2].map((chunk) => chunkOf("a", chunk, sizeBytes))))).toBe(true);
});
