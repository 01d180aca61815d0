import { expect, test } from "vitest";
import { tabLinkContract } from "../../test/contracts/tab-link.contract.ts";
import { browserLink } from "./browser-link.ts";
import type { PageEvent, TabLink } from "./tab-link.ts";

const link = browserLink() as TabLink;

tabLinkContract("a real browser", () => link);

interface Page {
  readonly body: { append(frame: Frame): void };
  createElement(name: "iframe"): Frame;
  dispatchEvent(event: Event): void;
}

interface Frame {
  srcdoc: string;
  remove(): void;
}

const { document: page } = globalThis as unknown as { document: Page };

/** A page of its own, which has the lock from then on. */
async function openFrame(lock: string): Promise<Frame> {
  const module = new URL("./browser-link.ts", import.meta.url).href;
  const frame = page.createElement("iframe");
  frame.srcdoc = `<script type="module">
    import { browserLink } from ${JSON.stringify(module)};
    const link = browserLink();
    const channel = link.open("frames", (message) => channel.post({ answer: message }));
    await link.hold(${JSON.stringify(lock)}, new AbortController().signal);
    channel.post("here");
  </script>`;
  const heard = Promise.withResolvers<void>();
  const channel = link.open("frames", (message) => message === "here" && heard.resolve());
  page.body.append(frame);
  await heard.promise;
  channel.close();
  return frame;
}

test("[X4] the lock of a page that is gone is had at once, however it went", async () => {
  const frame = await openFrame("of-a-frame");
  expect(await link.holdIfFree("of-a-frame")).toBeNull();
  const waiting = link.hold("of-a-frame", new AbortController().signal);
  frame.remove();
  (await waiting).release();
});

test("[X4] pages of their own hear each other", async () => {
  const frame = await openFrame("that-answers");
  const heard: unknown[] = [];
  const channel = link.open("frames", (message) => heard.push(message));
  channel.post("who?");
  await expect.poll(() => heard).toEqual([{ answer: "who?" }]);
  channel.close();
  frame.remove();
});

test("[X4] being left, put aside, shown again and woken is told, until nobody listens", () => {
  const events: PageEvent[] = [];
  const stop = link.onPage((event) => events.push(event));
  const window = globalThis as unknown as Page;
  const shown = (persisted: boolean) => Object.assign(new Event("pageshow"), { persisted });
  window.dispatchEvent(new Event("pagehide"));
  window.dispatchEvent(shown(true));
  window.dispatchEvent(shown(false));
  page.dispatchEvent(new Event("resume"));
  stop();
  window.dispatchEvent(new Event("pagehide"));
  expect(events).toEqual(["away", "back", "woken"]);
});
