import { formatDigestList } from "@hawser/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sha256 } from "../support/contents.ts";
import { flipBit, testBytes } from "../support/scripted-body.ts";
import { type BadRequest, expectRefused, mebibyte, openStage, type Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.server.close());

const small = testBytes(7, 700);
const large = testBytes(8, mebibyte + 300);
const digestsOf = (...chunks: Uint8Array[]) => formatDigestList(chunks.map(sha256));
const right = {
  small: { "chunk-digests": digestsOf(small) },
  large: { "chunk-digests": digestsOf(large.subarray(0, mebibyte), large.subarray(mebibyte)) },
};

const shot = (
  query: string,
  body: Uint8Array | string = small,
  headers: object = right.small,
): BadRequest["request"] => {
  return () => ({ method: "POST", target: `/uploads${query}`, headers: { ...headers }, body });
};

const queries = [
  ...[
    "",
    "?",
    "?filename=",
    "?filename",
    "?filename=a&filename=b",
    "?filename=%00",
    "?filename=a%0d%0aX:1",
    "?filename=%ff",
  ],
  ...[
    "?filename=%",
    "?filename=%u0041",
    `?filename=${"x".repeat(1_025)}`,
    "?filename=%E2%80%AEgnp.exe",
    "?filename=%ED%A0%80",
  ],
  ...[
    "?filename=a&size=700",
    "?filename=a&metadata=%7B",
    "?filename=a&metadata=%5B%5D",
    "?filename=a&metadata=%7B%22a%22:%7B%7D%7D",
    "?filename=a&__proto__=1",
    "?filename=a&constructor=x",
  ],
  ...["?filename=a&priority=urgent", "?filename=a&bundleId=b", "?filename=a&bundleId=b&bundlePosition=-1"],
  ...["?filename=a&bundlePosition=1", "?filename=a&bundleId=b/c&bundlePosition=1", "?filename=a&sha256=00"],
  ...[
    "?filename=a&lastModified=now",
    "?filename=a&contentType=text",
    "?filename=a&contentType=a/b%0d%0aX:1",
    "?filename=a&x",
  ],
].map(
  (query): BadRequest => ({ what: `the query ${query.slice(0, 60)}`, request: shot(query), code: "invalid_request" }),
);

const bodies: BadRequest[] = [
  { what: "no digest", request: shot("?filename=a", small, {}), code: "digest_required" },
  { what: "two digests for one chunk", request: shot("?filename=a", small, right.large), code: "digest_required" },
  { what: "one digest for two chunks", request: shot("?filename=a", large, right.small), code: "digest_required" },
  { what: "a digest for an empty file", request: shot("?filename=a", "", right.small), code: "digest_required" },
  {
    what: "a digest that is none",
    request: shot("?filename=a", small, { "chunk-digests": "x" }),
    code: "digest_required",
  },
  { what: "a flipped bit, small", request: shot("?filename=a", flipBit(small, 699)), code: "digest_mismatch" },
  { what: "another sha256", request: shot(`?filename=a&sha256=${"0".repeat(64)}`), code: "file_mismatch" },
  {
    what: "gzip",
    request: shot("?filename=a", small, { ...right.small, "content-encoding": "gzip" }),
    code: "unsupported_media_type",
  },
  {
    what: "chunked",
    request: shot("?filename=a", "1\r\nx\r\n0\r\n\r\n", {
      ...right.small,
      "content-length": null,
      "transfer-encoding": "chunked",
    }),
    code: "length_required",
  },
  {
    what: "no length",
    request: shot("?filename=a", "", { ...right.small, "content-length": null }),
    code: "length_required",
  },
  { what: "8 MiB and a byte", request: shot("?filename=a", testBytes(1, 8 * mebibyte + 1)), code: "body_too_long" },
  {
    what: "a key that is empty",
    request: shot("?filename=a", small, { ...right.small, "idempotency-key": "" }),
    code: "invalid_request",
  },
];

const table = [...queries, ...bodies].map((bad): [string, BadRequest] => [bad.what, bad]);

test.each(table)("[S4] [S15] a one-shot request is refused and keeps nothing: %s", async (_what, bad) => {
  await expectRefused(stage, bad);
});

test.each([
  ["the first chunk damaged", flipBit(large, 5), "", "digest_mismatch"],
  ["the last chunk damaged", flipBit(large, mebibyte + 5), "", "digest_mismatch"],
  ["another sha256", large, `&sha256=${"0".repeat(64)}`, "file_mismatch"],
] as const)(
  "[S4] [S15] a large one-shot request keeps nothing that anybody finds: %s",
  async (_what, body, query, code) => {
    const { server } = stage;
    const listed = await server.json({ target: "/files" });
    const { status, ...problem } = await server.json(shot(`?filename=large${query}`, body, right.large)(stage.uploads));
    expect([status, problem.code]).toEqual([422, code]);
    expect(await server.json({ target: "/files" })).toEqual(listed);
    expect((await server.json({ target: "/uploads/check?filename=large" })).candidates).toEqual([]);
    expect(server.complaints).toEqual([]);
  },
);

test("[S4] [R5] the right body after a wrong one, with the same key, makes the file", async () => {
  const { server } = stage;
  const headers = { ...right.large, "idempotency-key": "again" };
  const wrong = await server.json(shot("?filename=k", flipBit(large, 5), headers)(stage.uploads));
  expect([wrong.status, wrong.code]).toEqual([422, "digest_mismatch"]);
  const { status, file } = await server.json(shot("?filename=k", large, headers)(stage.uploads));
  expect(status).toBe(201);
  const { body } = await server.ask({ target: `/files/${file?.id}` });
  expect(body.equals(large)).toBe(true);
});
