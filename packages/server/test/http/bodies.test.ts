import { HawserError } from "@hawser/protocol";
import { afterEach, expect, test } from "vitest";
import { turn } from "./hand-clock.ts";
import { chunkHead, idleTimeoutMs, Line, openStage, readAll, type Stage, type StageOptions } from "./stage.ts";

const mebibyte = 1_048_576;
const done = { receipts: [[1, 1] as [number, number]], skipped: [], missingCount: 3 };

let stage: Stage | undefined;
const lines: Line[] = [];
afterEach(async () => {
  for (const line of lines.splice(0)) line.socket.destroy();
  await stage?.close();
  stage = undefined;
});

async function open(options: StageOptions): Promise<{ stage: Stage; line: Line }> {
  stage = await openStage(options);
  const line = new Line(stage.port);
  lines.push(line);
  return { stage, line };
}

test("[S1] a body reaches the byte room whole, and the connection goes on", async () => {
  const bodies: Buffer[] = [];
  const { line } = await open({
    room: {
      receiveRun: async (_request, body) => {
        bodies.push(await readAll(body));
        return done;
      },
    },
  });
  const bytes = Buffer.alloc(3 * mebibyte, 7);
  line.send(chunkHead(bytes.length), bytes);
  await line.until('"missingCount":3}');
  line.send(chunkHead(2), "ab");
  const text = await line.until("}HTTP/1.1 200");
  expect(text).toContain("X-Content-Type-Options: nosniff".toLowerCase());
  expect(bodies.map(({ length }) => length)).toEqual([bytes.length, 2]);
  expect(bodies[0]?.equals(bytes)).toBe(true);
});

test("[R5] an answer before the body, of chunks that were held: the body is drained and the connection goes on", async () => {
  const { line } = await open({ room: { receiveRun: async () => ({ ...done, receipts: [], skipped: [[1, 4]] }) } });
  line.send(chunkHead(4 * mebibyte));
  const text = await line.until('"missingCount":3}');
  expect(text.toLowerCase()).not.toContain("connection: close");
  line.socket.write(Buffer.alloc(4 * mebibyte));
  line.send(chunkHead(1), "x");
  await line.until("}HTTP/1.1 200");
});

test("[S15] a refusal before a long body can be read; then the connection ends", async () => {
  const { line } = await open({
    room: { receiveRun: () => Promise.reject(new HawserError("chunk_conflict", { conflicts: [[1, 1]] })) },
  });
  line.send(chunkHead(64 * mebibyte));
  const text = await line.until('"conflicts":[[1,1]]');
  expect(text).toMatch(/^HTTP\/1\.1 409 /);
  expect(text.toLowerCase()).toContain("connection: close");
  const piece = Buffer.alloc(mebibyte);
  for (let i = 0; i < 64 && !line.socket.destroyed; i++) {
    if (!line.socket.write(piece))
      await Promise.race([line.untilEnd(), new Promise((r) => line.socket.once("drain", r))]);
  }
  await line.untilEnd();
});

test("[S15] a peer that neither reads on nor goes away after a refusal is cut after a while", async () => {
  const { stage, line } = await open({ room: { receiveRun: () => Promise.reject(new HawserError("gone")) } });
  line.send(chunkHead(mebibyte), "only this");
  await line.until('"code":"gone"');
  await turn();
  await stage.clock.advance(5_000);
  await line.untilEnd();
  await stage.app.idle(0);
});

test("[S15] 100 is answered when the body is wanted, and not when the request is refused", async () => {
  const { line } = await open({
    room: {
      receiveRun: async (request, body) => {
        if (request.contentLength === 3) throw new HawserError("gone");
        await readAll(body);
        return done;
      },
    },
  });
  line.send(chunkHead(2, "Expect: 100-continue"));
  await line.until("HTTP/1.1 100 Continue");
  line.socket.write("ab");
  await line.until('"missingCount":3}');
  line.send(chunkHead(3, "Expect: 100-continue"));
  const text = await line.untilEnd();
  expect(text.match(/100 Continue/g)).toHaveLength(1);
  expect(text).toContain("HTTP/1.1 410 ");
});

test("[S15] a body that stops coming is answered with 408 after the idle time, and the line is cut", async () => {
  const began = Promise.withResolvers<void>();
  const { stage, line } = await open({
    room: {
      receiveRun: async (_request, body) => {
        for await (const _piece of body) began.resolve();
        return done;
      },
    },
  });
  line.send(chunkHead(10), "abc");
  await began.promise;
  await turn();
  await stage.clock.advance(idleTimeoutMs - 1);
  expect(line.received).toBe("");
  await stage.clock.advance(1_000);
  const text = await line.until('"code":"request_timeout"');
  expect(text).toMatch(/^HTTP\/1\.1 408 /);
  expect(text.toLowerCase()).toContain("connection: close");
  await turn();
  await stage.clock.advance(5_000);
  await line.untilEnd();
  expect(stage.errors).toEqual([]);
});

test("[S15] a body that drips below the least rate is given up", async () => {
  let pieces = 0;
  const { stage, line } = await open({
    room: {
      receiveRun: async (_request, body) => {
        for await (const _piece of body) pieces++;
        return done;
      },
    },
  });
  line.send(chunkHead(1_000_000), "x");
  for (let second = 1; second <= 60 && line.received === ""; second++) {
    const before = pieces;
    line.socket.write("x".repeat(900));
    while (pieces === before && line.received === "") await turn();
    await turn();
    await stage.clock.advance(1_000);
  }
  await line.until('"code":"request_timeout"');
});

test("[S15] a body at the least rate is not given up, and neither is one that the server keeps waiting", async () => {
  let pieces = 0;
  let release = () => {};
  const { stage, line } = await open({
    room: {
      receiveRun: async (_request, body) => {
        for await (const _piece of body) {
          if (++pieces === 1) await new Promise<void>((resolve) => (release = resolve));
        }
        return done;
      },
    },
  });
  line.send(chunkHead(121 * 1_100 + 1), "x");
  while (pieces === 0) await turn();
  await turn();
  for (let minute = 0; minute < 10; minute++) await stage.clock.advance(60_000);
  release();
  for (let second = 0; second < 121; second++) {
    const before = pieces;
    line.socket.write("x".repeat(1_100));
    while (pieces === before) await turn();
    await turn();
    await stage.clock.advance(1_000);
  }
  expect(await line.until('"missingCount":3}')).toMatch(/^HTTP\/1\.1 200 /);
});

test("[R8] a line that breaks is a normal event: what came is handed on, nothing is logged", async () => {
  const outcome = Promise.withResolvers<[bytes: number, thrown: unknown]>();
  const { stage, line } = await open({
    room: {
      receiveRun: async (_request, body) => {
        let sizeBytes = 0;
        try {
          for await (const piece of body) sizeBytes += piece.length;
        } catch (thrown) {
          outcome.resolve([sizeBytes, thrown]);
          throw thrown;
        }
        return done;
      },
    },
  });
  line.send(chunkHead(100), "x".repeat(40));
  await turn();
  line.socket.end();
  const [sizeBytes, thrown] = await outcome.promise;
  expect(sizeBytes).toBe(40);
  expect(thrown).toMatchObject({ code: "run_incomplete" });
  await stage.app.idle(0);
  expect(stage.errors).toEqual([]);
});

test("[S8] a body that is cancelled throws the reason, also while it waits", async () => {
  const { line } = await open({
    room: {
      receiveRun: async (_request, body) => {
        const reading = readAll(body);
        await turn();
        body.cancel(new HawserError("gone"));
        await reading;
        return done;
      },
    },
  });
  line.send(chunkHead(100), "x");
  expect(await line.until('"code":"gone"')).toMatch(/^HTTP\/1\.1 410 /);
});
