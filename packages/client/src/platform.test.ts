import { expect, test, vi } from "vitest";
import { platformContract } from "../test/contracts/platform.contract.ts";
import { browserPlatform } from "./platform-browser.ts";
import { nodePlatform } from "./platform-node.ts";

platformContract("Node", nodePlatform);
// What it uses of a browser Node has too, apart from the network's events.
platformContract("browser", browserPlatform);

test("[S16] the browser's network events reach the listener until it is taken back", () => {
  const scope = new EventTarget();
  vi.stubGlobal("addEventListener", scope.addEventListener.bind(scope));
  vi.stubGlobal("removeEventListener", scope.removeEventListener.bind(scope));
  try {
    const heard: boolean[] = [];
    const stop = browserPlatform.onOnlineChange((online) => heard.push(online));
    scope.dispatchEvent(new Event("offline"));
    scope.dispatchEvent(new Event("online"));
    stop();
    scope.dispatchEvent(new Event("offline"));
    expect(heard).toEqual([false, true]);
  } finally {
    vi.unstubAllGlobals();
  }
});

test("[S4] a page without crypto.subtle hashes all the same", async () => {
  const { getRandomValues } = crypto;
  vi.stubGlobal("crypto", { getRandomValues });
  try {
    const digest = await browserPlatform.sha256(new TextEncoder().encode("abc"));
    expect(digest).toEqual(await nodePlatform.sha256(new TextEncoder().encode("abc")));
  } finally {
    vi.unstubAllGlobals();
  }
});
