import assert from "node:assert/strict";

/** What has not come true after this long never will. */
const patienceMs = 60_000;

/** Asks again and again, each time over the wire, until it is so. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await isSo())) assert.ok(performance.now() < deadline, `still not so: ${what}`);
}
