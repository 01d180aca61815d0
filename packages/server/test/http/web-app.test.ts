import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { HawserError } from "@hawser/protocol";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { problemAnswer } from "../../src/http/answers.ts";
import { loadWebApp, type WebApp } from "../../src/http/web-app.ts";
import { openStage, type Stage } from "./stage.ts";

const script = `console.log(${JSON.stringify("rope ".repeat(1_000))});`;
let folder: string;
let webApp: WebApp;
let stage: Stage | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hawser-web-"));
  await mkdir(join(folder, "dist/assets"), { recursive: true });
  await writeFile(join(folder, "secret.txt"), "not for anybody");
  await writeFile(join(folder, "dist/index.html"), "<!doctype html><title>Files</title>");
  await writeFile(join(folder, "dist/gallery.html"), "<!doctype html><title>Gallery</title>");
  await writeFile(join(folder, "dist/assets/main-abc.js"), script);
  await writeFile(join(folder, "dist/.stamp"), "hash");
  await writeFile(join(folder, "dist/main.ts"), "source");
  await symlink(join(folder, "secret.txt"), join(folder, "dist/link.txt"));
  webApp = await loadWebApp(join(folder, "dist"));
});

afterAll(() => rm(folder, { recursive: true }));

afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const facts = { handleApi: async () => problemAnswer(new HawserError("not_found")) };
  stage ??= await openStage({ webApp, facts });
  return fetch(`http://127.0.0.1:${stage.port}${path}`, init);
}

test("[S16] the server gives the web app at its routes, under a policy that allows its own scripts only", async () => {
  const index = await ask("/");
  expect(index.status).toBe(200);
  expect(await index.text()).toBe("<!doctype html><title>Files</title>");
  expect(index.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(index.headers.get("cache-control")).toBe("no-cache");
  expect(index.headers.get("x-content-type-options")).toBe("nosniff");
  const policy = index.headers.get("content-security-policy");
  expect(policy).toContain("script-src 'self'; style-src 'self';");
  expect(policy).not.toContain("unsafe");
  expect(await (await ask("/gallery")).text()).toContain("Gallery");
});

test("[S16] hashed files are kept for ever, and travel packed where the peer takes that", async () => {
  const packed = webApp.answer("/assets/main-abc.js", { "accept-encoding": "br, gzip;q=0.8" });
  expect(packed?.headers["content-encoding"]).toBe("gzip");
  expect(gunzipSync(packed?.body as Uint8Array).toString()).toBe(script);
  for (const accepted of [undefined, "br", "gzip;q=0", "identity, gzip;q=0.0"]) {
    const plain = webApp.answer("/assets/main-abc.js", { "accept-encoding": accepted });
    expect(plain?.headers["content-encoding"]).toBeUndefined();
    expect(Buffer.from(plain?.body as Uint8Array).toString()).toBe(script);
  }
  const answer = await ask("/assets/main-abc.js");
  expect(await answer.text()).toBe(script);
  expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
});

test("[S16] a page that did not change is not sent again, and HEAD tells its length only", async () => {
  const etag = (await ask("/")).headers.get("etag") ?? "";
  const again = await ask("/", { headers: { "if-none-match": `"other", W/${etag}` } });
  expect([again.status, await again.text()]).toEqual([304, ""]);
  const head = await ask("/", { method: "HEAD" });
  expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "35", ""]);
});

test("[S16] a person at an address that leads nowhere gets the app, a program the problem", async () => {
  const html = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
  const page = await ask("/nowhere", { headers: html });
  expect([page.status, await page.text()]).toEqual([404, "<!doctype html><title>Files</title>"]);
  expect(page.headers.get("cache-control")).toBe("no-store");
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  for (const init of [{}, { method: "DELETE", headers: html }]) {
    const problem = await ask("/nowhere", init);
    expect([problem.status, problem.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
  }
});

test("[S11] nothing but the app's own files can be asked for", async () => {
  const paths = [
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/assets/..%2f..%2fsecret.txt",
    "//index.html",
    "/link.txt",
    "/.stamp",
    "/main.ts",
    "/index.html/",
    "/gallery.html",
    "/assets/",
    "/constructor",
  ];
  for (const path of paths) expect([path, webApp.answer(path, {})]).toEqual([path, null]);
  expect((await ask("/%2e%2e/secret.txt")).status).toBe(404);
  expect((await ask("/", { method: "POST", headers: { origin: "http://elsewhere.example" } })).status).toBe(403);
});

test("[S15] a folder without a built app is refused with its name", async () => {
  const nowhere = join(folder, "nowhere");
  await expect(loadWebApp(nowhere)).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining(nowhere),
  });
  await expect(loadWebApp(join(folder, "dist/assets"))).rejects.toMatchObject({ code: "unavailable" });
});
