import { describe, expect, test } from "vitest";
import { type Variant, variants } from "../support/contents.ts";
import { codeOf, exchange, formatRequest, Wire } from "../support/http-exchange.ts";
import { runRequest } from "../support/run-request.ts";
import { LimitedServer } from "./limited-server.ts";
import { acknowledged, expectFile, fatal, finish, mebibyte, run, sizeBytes, startLive } from "./live.ts";
import { SmallVolume } from "./small-volume.ts";

describe("a volume without room", () => {
  test("[S10] [S15] [R8] refuses with 507 or is fenced; with room, after a restart, everything is there", async (t) => {
    const volume = await SmallVolume.mount(12 * mebibyte, t);
    const uploads: { readonly id: string; readonly variant: Variant; readonly held: number[] }[] = [];
    let completed: string;
    {
      await using server = await startLive({ dataDir: volume.dataDir });
      completed = await server.fill(sizeBytes);
      for (const variant of variants) uploads.push({ id: await server.begin(sizeBytes), variant, held: [] });
      await volume.fill(mebibyte + 300_000);
      const answers = await Promise.all(uploads.map(({ id, variant }) => server.send(id, run, variant, sizeBytes)));
      for (const [i, answer] of answers.entries()) {
        uploads[i]?.held.push(...acknowledged(answer));
        if (answer.status !== 200) expect(["storage_full", "storage_fenced"]).toContain(answer.code);
      }
      expect(answers.map(({ status }) => status)).toContain(507);
      // What is there is served all the same.
      await expectFile(server.port, completed, "a");
    }
    await volume.empty();
    await using server = await startLive({ dataDir: volume.dataDir });
    await expectFile(server.port, completed, "a");
    for (const { id, variant, held } of uploads) await finish(server, id, variant, held);
  });

  test("[S10] [S15] is not let become one: below the watermark uploads get 507, and the rest goes on", async (t) => {
    const volume = await SmallVolume.mount(16 * mebibyte, t);
    const minFreeBytes = 6 * mebibyte;
    const ids: string[] = [];
    {
      await using server = await startLive({ dataDir: volume.dataDir, minFreeBytes });
      const tooLarge = await server.post("/uploads/initialize", { filename: "large.bin", size: 12 * mebibyte });
      expect(tooLarge).toMatchObject({ status: 507, code: "storage_full" });
      ids.push(await server.fill(sizeBytes), await server.begin(sizeBytes));
      expect(await server.send(ids[1] as string, "1", "b", sizeBytes)).toMatchObject({ status: 200 });
    }
    await volume.fill(minFreeBytes - mebibyte);
    const [complete, active] = ids as [string, string];
    await using server = await startLive({ dataDir: volume.dataDir, minFreeBytes });
    const full = { status: 507, code: "storage_full" };
    expect(await server.send(active, "2-3", "b", sizeBytes)).toMatchObject(full);
    expect(await server.post("/uploads/initialize", { filename: "f.bin", size: 10 })).toMatchObject(full);
    expect(await server.shoot("small.bin", Buffer.from("small"))).toMatchObject(full);
    // What is there is served, and may go to make room.
    await expectFile(server.port, complete, "a");
    expect(await server.ask({ method: "DELETE", target: `/files/${complete}` })).toMatchObject({ status: 204 });
    expect(server.complaints.filter(({ level }) => level >= fatal)).toEqual([]);
    await server.close();
    await volume.empty();
    await using roomy = await startLive({ dataDir: volume.dataDir, minFreeBytes });
    await finish(roomy, active, "b", [1]);
  });
});

describe("a process without file descriptors", () => {
  test("[S15] [R8] takes more uploads than it may open files, and goes on after a flood of connections", async () => {
    const size = 5_000;
    await using limited = await LimitedServer.start({ descriptors: 64 });
    const begin = async () => {
      const body = JSON.stringify({ filename: "f.bin", size });
      const headers = { "content-type": "application/json" };
      const answer = await exchange(limited.port, { method: "POST", target: "/uploads/initialize", headers, body });
      expect(answer.status).toBe(201);
      return (JSON.parse(answer.body.toString()) as { id: string }).id;
    };
    const send = (id: string) => exchange(limited.port, runRequest(id, "1", "a", size));
    const ids: string[] = [];
    // Far more files than descriptors: what is idle is closed.
    for (let i = 0; i < 80; i++) {
      const id = await begin();
      expect(await send(id)).toMatchObject({ status: 200 });
      ids.push(id);
    }
    const late = [await begin(), await begin(), await begin()];
    const lines = late.map(() => new Wire(limited.port));
    const flood = Array.from({ length: 80 }, () => new Wire(limited.port));
    const answers = await Promise.all(
      lines.map(async (line, i) => {
        await line.write(formatRequest(runRequest(late[i] as string, "1", "a", size)));
        return line.answer();
      }),
    );
    for (const answer of answers) if (answer.status !== 200) expect(codeOf(answer)).toBe("unavailable");
    for (const line of [...lines, ...flood]) line.destroy();
    ids.push(...late.filter((_, i) => answers[i]?.status === 200), await begin());
    expect(await send(ids.at(-1) as string)).toMatchObject({ status: 200 });
    await limited.close();
    expect(limited.complaints).toBe("");
    await using server = await startLive({ dataDir: limited.dataDir });
    for (const id of ids)
      expect(await server.json({ target: `/uploads/${id}/resume` })).toMatchObject({ missingChunks: [] });
  });
});
