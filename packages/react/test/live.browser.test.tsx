import { liveUpload } from "@hawser/client/testing";
import { expect, test } from "vitest";
import { UploaderProvider, useLive } from "../src/index.ts";
import { mount, openStage, type Stage, until } from "./stage.tsx";

const MiB = 1_048_576;

function OtherDevices({ onRender }: { onRender?: () => void }) {
  const { standing, uploads } = useLive();
  onRender?.();
  const rows = uploads.map(({ name, receivedBytes, state }) => `${name} ${receivedBytes / MiB} ${state}`);
  return <p>{[standing.status, ...rows].join(", ")}</p>;
}

/** A page with so many users of the hook; how many can be changed. */
function show(stage: Stage, count: number, onRender?: () => void) {
  const ui = (count: number) => (
    <UploaderProvider uploader={stage.uploader}>
      {Array.from({ length: count }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <OtherDevices key={index} {...(onRender && { onRender })} />
      ))}
    </UploaderProvider>
  );
  const mounted = mount(ui(count));
  return { ...mounted, users: (count: number) => mounted.render(ui(count)), text: () => mounted.element.textContent };
}

test("[I3] [S7] what another device sends is shown as it moves, and how it ends", async () => {
  const stage = openStage();
  const { live } = stage.server;
  live.change("created", liveUpload("a"));
  const { text } = show(stage, 1);
  await until(stage, () => text() === "live, a.mov 0 active");
  live.progress(liveUpload("a").id, 4 * MiB);
  await until(stage, () => text() === "live, a.mov 4 active");
  live.cut();
  live.change("completed", liveUpload("a", { state: "completed", receivedBytes: 10 * MiB }));
  await until(stage, () => text() === "live, a.mov 10 completed");
});

test("[I3] [S7] nothing is asked before a component wants it; many share one line, which ends after the last", async () => {
  const stage = openStage();
  const { live } = stage.server;
  const { users, text } = show(stage, 0);
  await stage.platform.advance(10_000);
  expect(live.socketCount).toBe(0);
  users(3);
  await until(stage, () => text() === "livelivelive");
  expect(live.socketCount).toBe(1);
  users(1);
  await until(stage, () => text() === "live");
  await stage.platform.advance(10_000);
  expect([live.openSockets, live.socketCount]).toEqual([1, 1]);
  users(0);
  await expect.poll(text).toBe("");
  // So that it does not end for its silence.
  live.alive();
  await stage.platform.advance(6_000);
  expect(live.openSockets).toBe(0);
  users(1);
  await until(stage, () => text() === "live");
  expect(live.socketCount).toBe(2);
});

test("[I3] [S7] a component renders only when something has changed", async () => {
  const stage = openStage();
  let renders = 0;
  const { text } = show(stage, 1, () => renders++);
  await until(stage, () => text() === "live");
  const before = renders;
  for (let second = 0; second < 20; second++) {
    stage.server.live.alive();
    await stage.platform.advance(1_000);
  }
  expect(renders).toBe(before);
});
