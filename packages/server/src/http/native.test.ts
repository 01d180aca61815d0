import { formatContentDigest, formatDigestList } from "@hawser/protocol";
import { expect, test } from "vitest";
import { parseOneShot, parseRun } from "./native.ts";

const id = "0123456789abcdef0123456789abcdef";
const digest = new Uint8Array(32).fill(7);
const good = { "content-length": "10", "chunk-digests": formatDigestList([digest]) };

const run = (text: string, headers: Record<string, string> = good) => parseRun("local", id, text, headers);

function refusal(parse: () => unknown): string {
  try {
    return `taken: ${JSON.stringify(parse())}`;
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
}

test("[S1] a chunk request is read from its path and headers", () => {
  expect(run("3")).toEqual({
    request: {
      owner: "local",
      id,
      first: 3,
      last: 3,
      digests: [digest],
      offsetBytes: 0,
      partial: false,
      contentLength: 10,
      sizeBytes: null,
    },
    completes: false,
  });
  const headers = { ...good, "chunk-offset": "5", "upload-length": "9007199254740991", "upload-complete": "?1" };
  expect(run("2-65", headers)).toMatchObject({
    request: { first: 2, last: 65, offsetBytes: 5, sizeBytes: Number.MAX_SAFE_INTEGER },
    completes: true,
  });
});

test("[S1] a prefix on purpose carries the digest of its body", () => {
  const headers = { "content-length": "10", "chunk-partial": "?1", "content-digest": formatContentDigest(digest) };
  expect(run("1", headers).request).toMatchObject({ partial: true, digests: [digest] });
  expect(run("1", { "content-length": "10", "chunk-partial": "?1" }).request.digests).toBeNull();
});

test.each(["-1", "+1", "1-", "-", "1-2-3", "1e3", "01", "0x1", "1.5", " 1", "9007199254740992", "a", "%31", "1,2"])(
  "[S15] the chunk number %s is refused",
  (text) => expect(refusal(() => run(text))).toBe("invalid_chunk"),
);

test.each([
  ["content-length", undefined, "length_required"],
  ["content-length", "99999999999999999", "body_too_long"],
  ["transfer-encoding", "chunked", "length_required"],
  ["content-encoding", "gzip", "unsupported_media_type"],
  ["chunk-digests", "", "digest_required"],
  ["chunk-digests", "sha-256=:AAAA:", "digest_required"],
  ["chunk-digests", ":AAAA:", "digest_required"],
  ["chunk-digests", `${formatDigestList([digest])},`, "digest_required"],
  ["chunk-offset", "-1", "invalid_request"],
  ["chunk-offset", "1.5", "invalid_request"],
  ["chunk-offset", "1, 2", "invalid_request"],
  ["chunk-partial", "1", "invalid_request"],
  ["chunk-partial", "true", "invalid_request"],
  ["upload-length", "9007199254740992", "invalid_request"],
  ["upload-length", "-5", "invalid_request"],
  ["upload-complete", "yes", "invalid_request"],
])("[S15] %s: %s is refused with %s", (name, value, code) => {
  const headers: Record<string, string> = { ...good };
  if (value === undefined) delete headers[name];
  else headers[name] = value;
  expect(refusal(() => run("1", headers))).toBe(code);
});

test("[S1] a one-shot request is read from its query and headers", () => {
  const headers = { ...good, "idempotency-key": "k1" };
  expect(parseOneShot("local", "filename=a%20b.txt&contentType=text/plain", headers)).toEqual({
    owner: "local",
    fields: { filename: "a b.txt", contentType: "text/plain" },
    sizeBytes: 10,
    digests: [digest],
    idempotencyKey: "k1",
  });
  expect(parseOneShot("local", "filename=empty", { "content-length": "0" }).digests).toEqual([]);
});

test("[S15] a one-shot request without length or digest, or longer than 8 MiB, is refused", () => {
  expect(refusal(() => parseOneShot("local", "filename=a", { "content-length": "1" }))).toBe("digest_required");
  expect(refusal(() => parseOneShot("local", "filename=a", {}))).toBe("length_required");
  const tooLong = { ...good, "content-length": String(8 * 1_048_576 + 1) };
  expect(refusal(() => parseOneShot("local", "filename=a", tooLong))).toBe("body_too_long");
  expect(refusal(() => parseOneShot("local", "filename=a&filename=b", good))).toBe("invalid_request");
});
