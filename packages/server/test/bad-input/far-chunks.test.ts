import { afterAll, beforeAll, expect, test } from "vitest";
import { openStage, problemOf } from "../support/byte-room-stage.ts";
import { codeOf } from "../support/http-exchange.ts";
import { LiveServer } from "../support/live-server.ts";
import { runRequest } from "../support/run-request.ts";
import { systemError } from "../support/steps.ts";

let server: LiveServer;
beforeAll(async () => {
  server = await LiveServer.start();
});
afterAll(() => server.close());

test.each([16_777_216, 17_179_869, 8_589_934_592])(
  "[S2] [S15] chunk %i of an unknown size is taken, or is too much for the file system, which does not pass",
  async (chunk) => {
    const id = await server.begin(null);
    const request = runRequest(id, "1", "a", null);
    const answer = await server.ask({ ...request, target: `/uploads/${id}/chunks/${chunk}` });
    if (answer.status !== 200) expect([answer.status, codeOf(answer)]).toEqual([413, "size_too_large"]);
    const { receivedChunks } = await server.json({ target: `/uploads/${id}/resume` });
    expect(receivedChunks).toEqual(answer.status === 200 ? [[chunk, chunk]] : []);
    expect(server.complaints).toEqual([]);
  },
);

test("[S15] what no file can hold is refused for good, and the storage goes on", async () => {
  const stage = openStage();
  stage.steps.fail("write 1", systemError("EFBIG"));
  expect((await problemOf(stage.receive(1))).code).toBe("size_too_large");
  expect((await stage.receive(2)).receipts).toEqual([[2, 2]]);
  expect(stage.fences).toEqual([]);
});
