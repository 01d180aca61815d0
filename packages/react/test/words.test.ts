import type { UploadState } from "@hawser/client";
import { expect, test } from "vitest";
import { german } from "../src/german.ts";
import { englishDialogs } from "../src/words/dialog-messages.ts";
import { createFormat } from "../src/words/format.ts";
import { english, type Messages, type Totals } from "../src/words/messages.ts";
import { meaningOf } from "../src/words/standing.ts";
import { describe as describeUpload } from "../src/words/use-words.ts";
import { everyState } from "./states.ts";

const nowMs = Date.UTC(2026, 5, 20);
const states = everyState(nowMs);
const languages: readonly (readonly [string, Messages])[] = [
  ["English", english],
  ["German", german],
];

for (const [language, messages] of languages) {
  const words = [messages, createFormat(messages.locale)] as const;

  test(`[I3] ${language} has words for every state, and says safe only of what the server has confirmed`, () => {
    expect(new Set(states.map((state) => meaningOf(state).standing)).size).toBe(states.length);
    for (const state of states) {
      const [badge, status, detail] = describeUpload(state, words, nowMs);
      expect(badge.length, state.name).toBeGreaterThan(1);
      expect(status, state.name).toMatch(/^[A-Z].*\.$/);
      expect(`${badge} ${status} ${detail}`, state.name).not.toMatch(/undefined|NaN|\[object|please|Oops|bitte|!/);
      const isSafe = /\b(safe|sicher)\b/i;
      if (state.status !== "completed") expect(`${badge} ${status}`, state.name).not.toMatch(isSafe);
      else expect(badge).toMatch(isSafe);
    }
  });
}

test("[I4] German figures and plural forms", () => {
  const format = createFormat("de");
  const totals: Totals = { total: 5, safe: 4, onTheWay: 1, retrying: 0, needYou: 1 };
  expect(german.error(totals, format)).toBe("1 braucht Sie");
  expect(german.error({ ...totals, needYou: 1_240 }, format)).toBe("1.240 brauchen Sie");
  expect(german.stopped(totals, format)).toBe("1 Upload konnte noch nicht gesendet werden. 4 von 5 sind sicher");
  expect(german.waits({ ...totals, onTheWay: 2 }, "38 s", true, format)).toBe(
    "Wartet auf 2 Uploads, etwa 38 s; geht dann von selbst weiter",
  );
  expect(format.percent({ confirmedBytes: 639, sizeBytes: 1_000 })).toBe("63\u00a0%");
  expect(createFormat("en-GB").percent({ confirmedBytes: 639, sizeBytes: 1_000 })).toBe("63%");
  expect(format.share(2.44e9, 9.9e9, "von")).toBe("2,4 von 9,9 GB");
});

test("[I3] figures are rounded, and all is never said of nearly all", () => {
  const format = createFormat("en-GB");
  expect(format.percent({ confirmedBytes: 999_999, sizeBytes: 1_000_000 })).toBe("99%");
  expect([0, 999, 1_500, 999_600, 9.96e6].map(format.size)).toEqual(["0 B", "999 B", "1.5 kB", "1.0 MB", "10 MB"]);
  expect(format.share(9.4e8, 1.2e9, "of")).toBe("940 MB of 1.2 GB");
  expect([400, 59_600, 4_380_000].map(format.time)).toEqual(["1 s", "1 min", "1 h 13 min"]);
  expect([-5, 11_200, 61_000].map(format.countdown)).toEqual(["0:00", "0:12", "1:01"]);
});

test("[P4] the question about a whole counts its parts", () => {
  const counts = { photo: [3, 10], video: [1, 1], file: [0, 0] } as const;
  expect(englishDialogs.resumeParts(counts)).toBe("Resume previous upload? (3/10 photos and video uploaded)");
  expect(german.resumeParts({ ...counts, video: [0, 1] })).toBe(
    "Vorigen Upload fortsetzen? (3/10 Fotos und 0/1 Video hochgeladen)",
  );
});

test("[I3] an upload whose size nobody knows is told by its bytes", () => {
  const [, , , uploading] = states;
  const state = { ...uploading, sizeBytes: null, confirmedBytes: 5e6 } as UploadState;
  expect(describeUpload(state, [english, createFormat("en-GB")], nowMs)[0]).toBe("5.0 MB");
});
