import { setTimeout as delay } from "node:timers/promises";
import type { FatalWrite } from "./journal-kill.ts";
import { type Stage, until } from "./stage.ts";

/** When the browser is killed, counted from the moment at which its page begins to load. */
export type KillMoment =
  | { readonly afterBytes: number }
  | { readonly afterMs: number }
  | { readonly fatalWrite: FatalWrite };

/** One file that a person wants to be safe. */
export interface Given {
  readonly name: string;
  readonly path: string;
}

/**
 * One life of the browser: the person opens the page and gives the file where the page does not have it. Ends when the
 * file is safe and no longer owed, or when the browser dies.
 * @returns whether it was killed
 */
export async function live(stage: Stage, given: Given, moment?: KillMoment): Promise<boolean> {
  await stage.browser();
  const died = stage.death.then(() => true);
  const disarm = arm(stage, moment);
  try {
    return await Promise.race([liveOn(stage, given, moment), died]);
  } catch (error) {
    // What breaks because the browser died is no failure.
    if (stage.profile.isRunning) throw error;
    return await died;
  } finally {
    disarm();
  }
}

async function liveOn(stage: Stage, { name, path }: Given, moment: KillMoment | undefined): Promise<boolean> {
  const tab = await stage.tab(moment !== undefined && "fatalWrite" in moment ? { fatalWrite: moment.fatalWrite } : {});
  const upload = await tab.upload(name);
  const isLost = upload === undefined && (await stage.stored(name)).length === 0;
  if (isLost || upload?.status === "needs-source") await tab.pick(path);
  await stage.untilStored(name);
  await until(`${name} is no longer owed`, async () => {
    const seen = await tab.upload(name);
    return seen === undefined || seen.status === "completed";
  });
  await tab.page.close();
  return false;
}

function arm(stage: Stage, moment: KillMoment | undefined): () => void {
  if (moment === undefined || "fatalWrite" in moment) return () => undefined;
  const disarmed = new AbortController();
  if ("afterBytes" in moment) {
    stage.way.whenUp(stage.way.upBytes + moment.afterBytes, () => void (disarmed.signal.aborted || stage.kill()));
  } else {
    delay(moment.afterMs, undefined, disarmed).then(
      () => stage.kill(),
      () => undefined,
    );
  }
  return () => disarmed.abort();
}
