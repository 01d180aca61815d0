import { createHash } from "node:crypto";
import { expect, inject, type TestContext } from "vitest";
import type { PageSettings } from "./page-words.ts";
import { chunk, hasty, Stage } from "./stage.ts";

/** Opens everything for one test and closes it after it. Without a browser the test is skipped, with the reason. */
export async function openStage(context: TestContext, settings: PageSettings = hasty): Promise<Stage> {
  const found = inject("chromium");
  if ("missing" in found) return context.skip(found.missing);
  const stage = await Stage.open(found.path, settings);
  context.onTestFinished(() => stage.close());
  return stage;
}

/** The file is there, once, exact, and nothing unfinished is left of it. @returns its id */
export async function expectExact(stage: Stage, name: string, content: Uint8Array): Promise<string> {
  const [file, ...others] = await stage.stored(name);
  expect([name, file === undefined, others]).toEqual([name, false, []]);
  const bytes = await (await fetch(`${stage.server.url}${file?.url}`)).arrayBuffer();
  expect([name, sha256Hex(new Uint8Array(bytes))]).toEqual([name, sha256Hex(content)]);
  expect(await stage.unfinished(name, content.length)).toEqual([]);
  return file?.id ?? "";
}

/**
 * Only what was on its way when something broke travelled twice: what left the browser and never reached the server,
 * and for each lane one chunk that the server was gathering.
 */
export function expectFewTwice(stage: Stage, uploadId: string, sizeBytes: number, breaks: number): void {
  const { receivedBytes, forwardedBytes } = stage.way.travelled(uploadId);
  const lostBytes = receivedBytes - forwardedBytes;
  const lanes = stage.settings.maxLanes ?? 4;
  expect(receivedBytes).toBeGreaterThanOrEqual(sizeBytes);
  expect(receivedBytes).toBeLessThanOrEqual(sizeBytes + lostBytes + breaks * lanes * chunk);
}

function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
