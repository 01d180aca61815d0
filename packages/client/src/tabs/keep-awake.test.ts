import { expect, test } from "vitest";
import type { UploadHandle } from "../uploader-api.ts";
import { type AwakeScope, keepAwake } from "./keep-awake.ts";

test("[X4] the screen stays on while something travels here, and is asked for again when the page is seen again", async () => {
  let locks = 0;
  let asked = 0;
  const page: { visibilityState: string; changed: () => void } = {
    visibilityState: "visible",
    changed: () => undefined,
  };
  const request = async () => {
    asked++;
    locks++;
    return { release: async () => void locks-- };
  };
  const scope: AwakeScope = {
    navigator: { wakeLock: { request } },
    document: {
      get visibilityState() {
        return page.visibilityState;
      },
      addEventListener: (_type, listener) => {
        page.changed = listener;
      },
    },
  };
  let state: unknown = { status: "queued", carrier: "here" };
  let changed: () => void = () => undefined;
  const uploader = {
    get uploads() {
      return [{ state } as UploadHandle];
    },
    subscribe: (listener: () => void) => {
      changed = listener;
      return () => undefined;
    },
  };
  const show = async (next: unknown) => {
    state = next;
    changed();
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
  };
  const closing = new AbortController();
  keepAwake(uploader, closing.signal, scope);
  expect(locks).toBe(0);
  await show({ status: "uploading", carrier: "elsewhere" });
  expect(locks).toBe(0);
  await show({ status: "uploading", carrier: "here" });
  await show({ status: "verifying", carrier: "here" });
  expect([locks, asked]).toEqual([1, 1]);
  page.visibilityState = "hidden";
  page.changed();
  page.visibilityState = "visible";
  page.changed();
  await show(state);
  expect([locks, asked]).toEqual([1, 2]);
  await show({ status: "paused", carrier: "here" });
  expect(locks).toBe(0);
  await show({ status: "uploading", carrier: "here" });
  closing.abort();
  await show(state);
  expect(locks).toBe(0);
});
