import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { blobSource, createUploader } from "@hawser/client";
import { expect, onTestFinished, test } from "vitest";
import { start as startExpress } from "./express-server/server.ts";
import { start as startFastify } from "./fastify-server/server.ts";

for (const [name, start] of [
  ["Express", startExpress],
  ["Fastify", startFastify],
] as const) {
  test(`[S1] within a process of ${name}, uploads live beside the app's own pages`, async () => {
    const folder = await mkdtemp(join(tmpdir(), "hawser-embedded-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const server = await start(join(folder, "data"), 0);
    onTestFinished(() => server.close());
    const uploader = createUploader({ endpoint: `${server.url}/hawser/` });
    onTestFinished(() => uploader.close());
    const bytes = randomBytes(3 * 1_048_576 + 7);

    const { file } = await uploader.add(blobSource(new Blob([bytes]), { name: "walk.mov" })).done;

    const stored = await fetch(new URL(file.url.slice(1), `${server.url}/hawser/`));
    expect(Buffer.from(await stored.arrayBuffer()).equals(bytes)).toBe(true);
    expect(await (await fetch(server.url)).text()).toBe("The app's own page.");
    const tickets = await fetch(`${server.url}/hawser/live/tickets`, { method: "POST" });
    const { ticket } = (await tickets.json()) as { ticket: string };
    const watching = new WebSocket(`${server.url.replace("http", "ws")}/hawser/live?ticket=${ticket}`);
    watching.addEventListener("open", () => watching.send('{"type":"subscribe","subject":"uploads","after":0}'));
    const told = await new Promise<string>((resolve) => {
      watching.addEventListener("message", ({ data }) => resolve(String(data)), { once: true });
    });
    expect(told).toContain('"completed"');
    watching.close();
    expect((await fetch(`${server.url}/hawsers`)).headers.get("content-type")).not.toContain("problem");
    const refused = await fetch(`${server.url}/hawser/files`, { method: "DELETE", headers: { origin: "http://evil" } });
    expect(refused.status).toBe(403);
  });
}
