import { createHash } from "node:crypto";
import { type File, HawserError } from "@hawser/protocol";
import { afterEach, expect, test } from "vitest";
import type { FileLocation } from "../../src/ports/facts.ts";
import { turn } from "./hand-clock.ts";
import { Line, openStage, type Stage, uploadId } from "./stage.ts";

const bytes = Buffer.from(Array.from({ length: 1_500_000 }, (_, i) => (i * 31) % 256));
const sha256 = createHash("sha256").update(bytes).digest("hex");
const file: File = {
  id: uploadId,
  filename: 'Übersicht "1"; a/b\\.txt',
  contentType: "text/plain; charset=utf-8",
  size: bytes.length,
  digest: `tree:${"ab".repeat(32)}`,
  sha256,
  metadata: {},
  completedAt: "2026-11-20T10:11:12.345Z",
  url: `/files/${uploadId}`,
};
const etag = `"${"ab".repeat(32)}-${bytes.length}"`;

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

/** Serves `file`, from the blob store unless `small`; the store gives back at most `stored` bytes of it. */
async function open({ small = false, stored = bytes, changed = {} as Partial<File> } = {}): Promise<Stage> {
  const location: FileLocation = { file: { ...file, ...changed }, key: 1, smallBody: small ? stored : null };
  stage = await openStage({
    facts: { locateFile: async () => location },
    room: {
      readFile: async (_id, position, target) => stored.subarray(position, position + target.length).copy(target),
    },
  });
  return stage;
}

function get({ port }: Stage, headers: Record<string, string> = {}, method = "GET"): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/files/${uploadId}`, { headers, method });
}

async function bodyOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

test.each([true, false])(
  "[S1] a file comes back whole, with headers that keep it a download (small: %s)",
  async (small) => {
    const response = await get(await open({ small }));
    expect((await bodyOf(response)).equals(bytes)).toBe(true);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "accept-ranges": "bytes",
      "content-length": String(bytes.length),
      "content-security-policy": "sandbox; default-src 'none'",
      "content-type": "text/plain; charset=utf-8",
      "cross-origin-resource-policy": "same-origin",
      etag,
      "last-modified": "Fri, 20 Nov 2026 10:11:12 GMT",
      "repr-digest": `sha-256=:${Buffer.from(sha256, "hex").toString("base64")}:`,
      "x-content-type-options": "nosniff",
    });
    const disposition = response.headers.get("content-disposition") ?? "";
    expect(disposition).toMatch(/^attachment; /);
    expect(disposition).toContain("filename*=UTF-8''%C3%9Cbersicht%20%221%22%3B");
  },
);

test("[S1] HEAD tells the same and sends nothing", async () => {
  const response = await get(await open(), {}, "HEAD");
  expect([response.status, response.headers.get("content-length")]).toEqual([200, String(bytes.length)]);
  expect(await bodyOf(response)).toHaveLength(0);
});

test.each([
  ["bytes=0-0", 0, 0],
  ["bytes=1000000-", 1_000_000, 1_499_999],
  ["bytes=-7", 1_499_993, 1_499_999],
  ["bytes=500000-1200000", 500_000, 1_200_000],
])("[S1] the range %s", async (range, first, last) => {
  const response = await get(await open(), { range });
  expect(response.status).toBe(206);
  expect(response.headers.get("content-range")).toBe(`bytes ${first}-${last}/1500000`);
  expect((await bodyOf(response)).equals(bytes.subarray(first, last + 1))).toBe(true);
});

test("[S1] several ranges come as parts, each with its place", async () => {
  const response = await get(await open(), { range: "bytes=0-9,1400000-" });
  expect(response.status).toBe(206);
  const boundary = /^multipart\/byteranges; boundary=(.+)$/.exec(response.headers.get("content-type") ?? "")?.[1] ?? "";
  const body = await bodyOf(response);
  expect(body).toHaveLength(Number(response.headers.get("content-length")));
  const parts = body.toString("latin1").split(`\r\n--${boundary}`);
  const part = (first: number, last: number) =>
    `\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes ${first}-${last}/1500000\r\n\r\n` +
    bytes.subarray(first, last + 1).toString("latin1");
  expect(parts).toEqual(["", part(0, 9), part(1_400_000, 1_499_999), "--\r\n"]);
});

test("[S15] a range outside the file gets 416 with the size; a malformed one the whole file", async () => {
  const opened = await open();
  const outside = await get(opened, { range: "bytes=1500000-" });
  expect([outside.status, outside.headers.get("content-range")]).toEqual([416, "bytes */1500000"]);
  expect(await outside.json()).toMatchObject({ code: "range_not_satisfiable" });
  const malformed = await get(opened, { range: "bytes=9-1" });
  expect([malformed.status, (await bodyOf(malformed)).length]).toEqual([200, bytes.length]);
});

test("[S1] conditional requests", async () => {
  const opened = await open();
  const same = await get(opened, { "if-none-match": etag });
  expect([same.status, same.headers.get("etag"), (await bodyOf(same)).length]).toEqual([304, etag, 0]);
  const resumed = await get(opened, { range: "bytes=5-6", "if-range": etag });
  expect([resumed.status, (await bodyOf(resumed)).length]).toEqual([206, 2]);
  const changed = await get(opened, { range: "bytes=5-6", "if-range": '"other"' });
  expect([changed.status, (await bodyOf(changed)).length]).toEqual([200, bytes.length]);
});

test.each(["text/html\r\nX: y", "text", "text/ html", "", "text/html;", "a/b; c", "tëxt/plain"])(
  "[S11] the declared type %j is not passed on",
  async (contentType) => {
    const response = await get(await open({ changed: { contentType } }));
    expect(response.headers.get("content-type")).toBe("application/octet-stream");
    await response.body?.cancel();
  },
);

test.each(["a\r\nX-Evil: 1", "a\u0000b", "\u202egnp.exe", "x".repeat(1_024), "日本語".repeat(100), "%", "\u2028"])(
  "[S11] the name %j cannot break the header",
  async (filename) => {
    const response = await get(await open({ changed: { filename } }));
    expect(response.status).toBe(200);
    expect(response.headers.get("x-evil")).toBeNull();
    expect(response.headers.get("content-disposition")).toMatch(/^attachment; /);
    await response.body?.cancel();
  },
);

test("[S1] an empty file", async () => {
  const opened = await open({ small: true, stored: Buffer.alloc(0), changed: { size: 0 } });
  const response = await get(opened);
  expect([response.status, response.headers.get("content-length"), (await bodyOf(response)).length]).toEqual([
    200,
    "0",
    0,
  ]);
  expect((await get(opened, { range: "bytes=0-" })).status).toBe(416);
});

test.each([true, false])(
  "[X5] where stored bytes are missing the line is cut: nothing is padded (small: %s)",
  async (small) => {
    const opened = await open({ small, stored: bytes.subarray(0, 700_000) });
    const line = new Line(opened.port);
    line.send([`GET /files/${uploadId} HTTP/1.1`]);
    const text = await line.untilEnd();
    const bodyBytes = text.length - (text.indexOf("\r\n\r\n") + 4);
    expect(bodyBytes).toBeLessThanOrEqual(700_000);
    expect(opened.errors).toHaveLength(1);
  },
);

test("[S15] a peer that does not take its download is given up", async () => {
  let reads = 0;
  stage = await openStage({
    facts: { locateFile: async () => ({ file: { ...file, size: 2 ** 40 }, key: 1, smallBody: null }) },
    room: {
      readFile: async (_id, _position, target) => {
        reads++;
        return target.length;
      },
    },
  });
  const line = new Line(stage.port);
  line.send([`GET /files/${uploadId} HTTP/1.1`]);
  await line.until("\r\n\r\n");
  line.socket.pause();
  // The line is full once the server has read nothing for many turns.
  for (let quietTurns = 0, seen = 0; quietTurns < 500; quietTurns++) {
    await turn();
    if (seen !== reads) quietTurns = 0;
    seen = reads;
  }
  const full = reads;
  await stage.clock.advance(3_600_000);
  expect(reads).toBe(full);
  line.socket.resume();
  await line.untilEnd();
});

test("[S1] what is no file is told before anything is sent", async () => {
  stage = await openStage({ facts: { locateFile: () => Promise.reject(new HawserError("file_damaged")) } });
  expect((await get(stage)).status).toBe(409);
  const malformed = await fetch(`http://127.0.0.1:${stage.port}/files/..%2f..%2fetc%2fpasswd`);
  expect(malformed.status).toBe(404);
});
