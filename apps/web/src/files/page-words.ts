import type { IconName } from "../design/icon.tsx";
import { formatCount, formatShare } from "./figures.ts";
import type { Needs, Standing } from "./sections.ts";
import type { StoredFiles } from "./stored-files.ts";
import { remoteWords } from "./words/remote-words.ts";
import { words } from "./words/words.ts";

/** What the head of the page says; the title is the state. */
export interface PageWords {
  readonly title: string;
  readonly lead: string;
  readonly indicator: Indicator;
}

export interface Indicator {
  readonly tone: "rest" | "move" | "wait" | "stop" | "safe";
  /** Absent: the ring of what is confirmed. */
  readonly icon?: IconName;
  /** On phones only this part is shown. */
  readonly short: string;
  readonly long: string;
}

interface Sums {
  readonly confirmedBytes: number;
  readonly totalBytes: number;
}

/** @param mayLeave whether the page may be closed without losing more than time */
export function describePage(standing: Standing, stored: StoredFiles, sums: Sums, mayLeave: boolean): PageWords {
  switch (standing.kind) {
    case "empty": {
      const leads = { asking: words.lead.asking, listed: words.lead.empty, failed: words.lead.unlisted };
      const lead = leads[stored.status];
      return { title: words.title.empty, lead, indicator: said("rest", "check", words.indicator.idle) };
    }
    case "adding":
      return {
        title: words.title.adding,
        lead: words.lead.adding,
        indicator: said("rest", "clock", words.title.adding),
      };
    case "elsewhere":
      return {
        title: words.title.empty,
        lead: remoteWords.lead.nothingHere,
        indicator: said("rest", "check", words.indicator.idle),
      };
    case "safe":
      return {
        title: words.title.safe,
        lead: (standing.isMoreComing ? remoteWords : words).lead.safe(countOf(stored)),
        indicator: said("safe", "check", words.indicator.safe),
      };
    case "offline":
      return {
        title: words.title.offline(standing.waiting),
        lead: words.lead[mayLeave ? "offline" : "offlineHere"](formatShare(sums.confirmedBytes, sums.totalBytes)),
        indicator: said("wait", "offline", words.indicator.offline),
      };
    case "needs-you": {
      const title = words.title.needYou(standing.needYou);
      return {
        title: withNeeds(title, { ...standing, needYou: 0 }),
        lead: words.lead.needsYou,
        indicator: counted("stop", standing.needYou, title, "alert"),
      };
    }
    case "interrupted": {
      const { interrupted } = standing;
      return {
        title: words.title.still,
        lead: words.lead.interrupted,
        indicator: counted("rest", interrupted, words.title.interrupted(interrupted), "pause"),
      };
    }
    case "paused":
      return {
        title: withNeeds(words.title.paused(standing.paused), standing),
        lead: words.lead.paused,
        indicator: counted("rest", standing.paused, words.title.paused(standing.paused), "pause"),
      };
    case "moving": {
      const title = words.title.onTheWay(standing.onTheWay);
      return {
        title: withNeeds(title, standing),
        lead: leadOnTheWay(standing.isStalled, mayLeave),
        indicator: counted("move", standing.onTheWay, title),
      };
    }
  }
}

/** How many files are stored, as far as it was told. */
export function countOf(stored: StoredFiles): string {
  const count = formatCount(stored.files.length);
  return stored.hasMore && stored.status !== "failed" ? `${count}+` : count;
}

function leadOnTheWay(isStalled: boolean, mayLeave: boolean): string {
  if (isStalled) return mayLeave ? words.lead.stalled : words.lead.stalledHere;
  return mayLeave ? words.lead.moving : words.lead.movingHere;
}

function withNeeds(title: string, { needYou, interrupted }: Needs): string {
  const parts = [title];
  if (needYou > 0) parts.push(words.title.needYou(needYou));
  if (interrupted > 0) parts.push(words.title.interrupted(interrupted));
  return parts.join(", ");
}

function said(tone: Indicator["tone"], icon: IconName, text: string): Indicator {
  return { tone, icon, short: text, long: "" };
}

function counted(tone: Indicator["tone"], count: number, text: string, icon?: IconName): Indicator {
  const short = formatCount(count);
  return { tone, short, long: text.slice(short.length), ...(icon === undefined ? {} : { icon }) };
}
