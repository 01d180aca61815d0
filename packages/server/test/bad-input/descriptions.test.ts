import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BadRequest, expectRefused, openStage, type Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.server.close());

const initialize = (body: string | Uint8Array, headers = {}): BadRequest["request"] => {
  const fields = { "content-type": "application/json", ...headers };
  return () => ({ method: "POST", target: "/uploads/initialize", headers: fields, body });
};
const refused = (what: string, json: string, code: BadRequest["code"] = "invalid_request"): BadRequest => {
  return { what, request: initialize(json), code };
};
/** One field of a good request, as JSON text. */
const field = (name: string, text: string, code?: BadRequest["code"]): BadRequest => {
  const good: Record<string, string> = { filename: '"f"', size: "1" };
  const fields = Object.entries({ ...good, [name]: text }).map(([key, value]) => `${JSON.stringify(key)}:${value}`);
  return refused(`${name} ${text.length > 60 ? `${text.slice(0, 50)}… (${text.length})` : text}`, `{${fields}}`, code);
};
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
const keys = (count: number) =>
  JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i])));

const sizes = [
  "-1",
  "1.5",
  "1e-1",
  "9007199254740992",
  "1e400",
  "-1e400",
  '"5"',
  '"1"',
  "true",
  "[]",
  "[1]",
  "{}",
  '""',
]
  .map((text) => field("size", text))
  .concat(field("size", "9007199254740991", "size_too_large"), field("size", "1099511627777", "size_too_large"));

const names = [
  ...['""', '"\\u0000"', '"a\\u0000b"', '"\\n"', '"a\\rb"', '"\\u001b[2J"', '"\\u007f"', '"\\u0085"', '"\\u2028"'],
  ...['"\\u202egnp.exe"', '"a\\u2066b"', '"\\u200f"', '"\\ud800"', '"\\udc00\\ud800"', '"a\\ud83d"'],
  ...[JSON.stringify("x".repeat(1_025)), JSON.stringify("x".repeat(4_096)), JSON.stringify("日".repeat(342))],
  // One character that NFC makes two of.
  ...[JSON.stringify("\u0958".repeat(341)), "5", "null", "[]", '["f"]', "{}", "true"],
].map((text) => field("filename", text));

const metadata = [
  ...['{"a":{}}', '{"a":[1]}', "[]", '"x"', "5", "null", '{"":1}', `{"${"k".repeat(129)}":1}`, '{"a":"\\ud800"}'],
  ...['{"\\udfff":1}', '{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{"x":1}}}', '{"a":1e400}'],
  ...[nested(2), nested(5_000), `${"[".repeat(30_000)}${"]".repeat(30_000)}`, keys(33), keys(5_000)],
  ...[JSON.stringify({ a: "x".repeat(8_200) }), JSON.stringify({ a: "日".repeat(2_800) })],
].map((text) => field("metadata", text));

const others = [
  ...["1", "[]", '{"md5":"x"}', '{"sha256":"x"}', `{"sha256":"${"A".repeat(64)}"}`].map((text) =>
    field("evidence", text),
  ),
  ...['"urgent"', "1", "null"].map((text) => field("priority", text)),
  ...[
    '{"id":"a"}',
    '{"id":"a/b","position":0}',
    '{"id":"","position":0}',
    '{"id":"a","position":-1}',
    '{"id":"a","position":0.5}',
  ].map((text) => field("bundle", text)),
  ...['"yesterday"', '"2026-13-01T00:00:00Z"', '"2026-01-01"', "5", '"+275760-09-13T00:00:00Z"'].map((text) =>
    field("lastModified", text),
  ),
  ...['"text"', '"text/html\\r\\nX: y"', '"a/b\\u0000"', '"tëxt/plain"', JSON.stringify(`a/${"b".repeat(300)}`)].map(
    (text) => field("contentType", text),
  ),
  ...['"yes"', "1", "null"].map((text) => field("sealed", text)),
  ...['{"x":1}', "1", "true"].flatMap((text) =>
    ["__proto__", "constructor", "mode", "id", "owner", "state"].map((name) => field(name, text)),
  ),
];

const garbage: BadRequest[] = [
  ...[
    "{",
    "null",
    "[]",
    "5",
    '"x"',
    "true",
    "{}",
    '{"filename":"f"}',
    '{"size":1}',
    '{"filename":"f","size":1}}',
    "{'a':1}",
  ],
  ...[
    '{"filename":"f","size":1,}',
    "undefined",
    "NaN",
    "\u0000",
    '{"filename":"f","size":01}',
    '{"filename":"f" "size":1}',
  ],
].map((text) => refused(`the body ${text}`, text));

const good = '{"filename":"f","size":1}';
const bodies: BadRequest[] = [
  ...garbage,
  { what: "no body", request: () => ({ method: "POST", target: "/uploads/initialize" }), code: "invalid_request" },
  { what: "not UTF-8", request: initialize(Buffer.from([0x7b, 0xff, 0x7d])), code: "invalid_request" },
  {
    what: "overlong UTF-8",
    request: initialize(Buffer.from('{"filename":"\xc0\xaf","size":1}', "latin1")),
    code: "invalid_request",
  },
  { what: "UTF-16", request: initialize(Buffer.from(good, "utf16le")), code: "invalid_request" },
  { what: "65,537 bytes", request: initialize(good.padEnd(65_537)), code: "body_too_long" },
  {
    what: "10,000 keys",
    request: initialize(`{"filename":"f","size":1,"metadata":${keys(10_000)}}`),
    code: "body_too_long",
  },
  { what: "no type", request: initialize(good, { "content-type": null }), code: "unsupported_media_type" },
  { what: "text/plain", request: initialize(good, { "content-type": "text/plain" }), code: "unsupported_media_type" },
  {
    what: "a form",
    request: initialize("filename=f", { "content-type": "application/x-www-form-urlencoded" }),
    code: "unsupported_media_type",
  },
  {
    what: "JSON of another kind",
    request: initialize(good, { "content-type": "application/json-seq" }),
    code: "unsupported_media_type",
  },
  { what: "gzip", request: initialize(good, { "content-encoding": "gzip" }), code: "unsupported_media_type" },
  { what: "an empty key", request: initialize(good, { "idempotency-key": "" }), code: "invalid_request" },
  {
    what: "a key of 256 characters",
    request: initialize(good, { "idempotency-key": "k".repeat(256) }),
    code: "invalid_request",
  },
  {
    what: "a key that is not ASCII",
    request: initialize(good, { "idempotency-key": "\u00e9" }),
    code: "invalid_request",
  },
];

const table = [...sizes, ...names, ...metadata, ...others, ...bodies].map((bad): [string, BadRequest] => [
  bad.what,
  bad,
]);

test.each(table)("[S15] initialize is refused and begins nothing: %s", async (_what, bad) => {
  await expectRefused(stage, bad);
});

const finalizing: [string, string, BadRequest["code"]][] = [
  ["size -1", '{"size":-1}', "invalid_request"],
  ["size 1.5", '{"size":1.5}', "invalid_request"],
  ["size 2^53", '{"size":9007199254740992}', "invalid_request"],
  ["size as text", '{"size":"1"}', "invalid_request"],
  ["size null", '{"size":null}', "invalid_request"],
  ["a digest without tree:", `{"digest":"${"0".repeat(64)}"}`, "invalid_request"],
  ["a digest in capitals", `{"digest":"tree:${"A".repeat(64)}"}`, "invalid_request"],
  ["a short sha256", '{"sha256":"00"}', "invalid_request"],
  ["an unknown field", '{"force":true}', "invalid_request"],
  ["__proto__", '{"__proto__":{"size":1}}', "invalid_request"],
  ["a list", "[]", "invalid_request"],
  ["null", "null", "invalid_request"],
];

test.each(finalizing)("[S15] finalize is refused and changes nothing: %s", async (what, body, code) => {
  const request: BadRequest["request"] = ({ part }) => {
    return {
      method: "POST",
      target: `/uploads/${part}/finalize`,
      headers: { "content-type": "application/json" },
      body,
    };
  };
  await expectRefused(stage, { what, request, code });
});

const kept: [string, string, string?][] = [
  ["../../../etc/passwd", "../../../etc/passwd"],
  ["..\\..\\boot.ini", "..\\..\\boot.ini"],
  ["/etc/passwd", "/etc/passwd"],
  ["CON", "CON"],
  ["nul.txt", "nul.txt"],
  [".", "."],
  ["..", ".."],
  ["a space", " ", " "],
  ["%2e%2e%2f", "%2e%2e%2f"],
  ['"; filename="evil.exe', '"; filename="evil.exe'],
  ["<script>alert(1)</script>", "<script>alert(1)</script>"],
  ["'; DROP TABLE uploads; --", "'; DROP TABLE uploads; --"],
  ["of 1,024 bytes", "x".repeat(1_024)],
  ["in NFD", "\u00fcber.txt", "u\u0308ber.txt"],
  ["👩‍👩‍👧 日本語.mov", "👩‍👩‍👧 日本語.mov"],
];

/** A download whose name is a token, a quoted string without an escape, or RFC 8187. */
const disposition =
  /^attachment(?:; filename(?:\*=UTF-8''[\w!#$&+.^`|~%-]+|="(?:[^"\\/\p{Cc}]|\\")*"|=[\w!#$%&'*+.^`|~-]+))*$/u;
/** What may lie in the data folder: nothing has a name that came from outside. */
const ownName = /^data(?:\/(?:ledger\.sqlite(?:-wal|-shm)?|[a-z.-]*lock[a-z.-]*|blobs(?:\/[0-9a-f/]*)?))?$/;

test.each(kept)("[S11] [S15] a name is data, shown safely, and no part of a path: %s", async (_what, stored, sent) => {
  const { server } = stage;
  const { status, file } = await server.shoot(sent ?? stored, Buffer.from("x"));
  expect([status, file?.filename]).toEqual([201, stored]);
  const { headers, body } = await server.ask({ target: `/files/${file?.id}` });
  expect(body.toString()).toBe("x");
  expect(headers["content-disposition"]).toMatch(disposition);
  const page = await server.ask({ target: "/" });
  expect(page.body.toString()).not.toContain("<script>alert");
  const names = await readdir(server.folder, { recursive: true });
  expect(names.filter((name) => !ownName.test(name))).toEqual([]);
  expect(server.complaints).toEqual([]);
});

test("[S15] metadata keys that mean something to JavaScript are keys like any other", async () => {
  const { server } = stage;
  const text = '{"__proto__":"a","constructor":"b","toString":null,"hasOwnProperty":1,"prototype":true}';
  const { id, metadata } = await server.post("/uploads/initialize", `{"filename":"f","size":1,"metadata":${text}}`);
  expect(JSON.stringify(metadata)).toBe(text);
  const { body } = await server.ask({ target: `/uploads/${id}` });
  expect(body.toString()).toContain(`"metadata":${text}`);
  expect(({} as { a?: unknown }).a).toBeUndefined();
});

test.each([["0"], ["-0"], ["1e3"], ["1099511627776"], ["null"]])("[S2] the size %s is one", async (text) => {
  const { status, size } = await stage.server.post("/uploads/initialize", `{"filename":"f","size":${text}}`);
  if (text === "1099511627776" && status === 507) return;
  expect([status, size]).toEqual([201, JSON.parse(text) === null ? null : Math.abs(JSON.parse(text))]);
});
