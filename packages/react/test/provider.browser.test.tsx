import type { Uploader } from "@hawser/client";
import { FaultyJournal } from "@hawser/client/testing";
import { useEffect } from "react";
import { expect, test } from "vitest";
import { UploaderProvider, useUpload, useUploader, useUploads } from "../src/index.ts";
import { fileOf, mount, mountWith, openStage, until } from "./stage.tsx";

/** A journal that counts how often it was opened and let go of. */
class CountedJournal extends FaultyJournal {
  opened = 0;
  override load() {
    this.opened++;
    return super.load();
  }
}

function Seer({ onSeen }: { onSeen: (uploader: Uploader | null) => void }) {
  const uploader = useUploader();
  useEffect(() => onSeen(uploader), [onSeen, uploader]);
  return null;
}

function Row({ id, onRender }: { id: string; onRender: () => void }) {
  const view = useUpload(id);
  useEffect(onRender);
  return <p>{view?.state.status}</p>;
}

function Names({ onRender }: { onRender: () => void }) {
  // A new function and a new array each time, with the same members.
  const names = useUploads((states) => states.map(({ name }) => name));
  useEffect(onRender);
  return <p>{names.join()}</p>;
}

test("[I3] a provider makes one uploader, also where effects are done twice, and closes it once it is gone", async () => {
  const journal = new CountedJournal();
  let closed = 0;
  journal.closed = () => void closed++;
  const { options } = openStage();
  let seen: Uploader | null = null;
  const see = (uploader: Uploader | null) => {
    seen = uploader;
  };
  const mounted = mount(
    <UploaderProvider options={{ ...options, journal }}>
      <Seer onSeen={see} />
    </UploaderProvider>,
  );
  await expect.poll(() => seen).not.toBeNull();
  const first = seen as unknown as Uploader;
  await new Promise((resolve) => setTimeout(resolve));
  mounted.render(
    <UploaderProvider options={{ ...options, journal }}>
      <Seer onSeen={see} />
    </UploaderProvider>,
  );
  await first.ready;
  expect([journal.opened, closed]).toEqual([1, 0]);
  expect(seen).toBe(first);

  mounted.unmount();

  await expect.poll(() => closed).toBe(1);
});

test("[I3] an uploader of the app's own is left open", async () => {
  const stage = openStage();
  const { uploader } = stage;
  const mounted = mountWith(uploader, null);
  mounted.unmount();
  await new Promise((resolve) => setTimeout(resolve, 1));
  const handle = uploader.add(fileOf("a.txt", 10));
  await until(stage, () => handle.state.status === "completed");
});

test("[I3] a component renders only when its own part has changed", async () => {
  const stage = openStage();
  const { uploader } = stage;
  const [one, other] = [uploader.add(fileOf("one", 10)), uploader.add(fileOf("other", 10))];
  one.pause();
  other.pause();
  await stage.platform.settle();
  const renders = { one: 0, other: 0, names: 0 };
  const mounted = mountWith(
    uploader,
    <>
      <Row id={one.id} onRender={() => void renders.one++} />
      <Row id={other.id} onRender={() => void renders.other++} />
      <Names onRender={() => void renders.names++} />
    </>,
  );
  await expect.poll(() => mounted.element.textContent).toBe("pausedpausedone,other");
  const before = { ...renders };

  one.resume();
  await until(stage, () => one.state.status === "completed");

  await expect.poll(() => mounted.element.textContent).toBe("completedpausedone,other");
  expect(renders.one).toBeGreaterThan(before.one);
  expect({ ...renders, one: 0 }).toEqual({ ...before, one: 0 });
});
