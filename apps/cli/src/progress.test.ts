import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { renderProgress, SpeedMeter } from "./progress.ts";
import { cutMiddle, printable, textWidth } from "./text.ts";

const view = {
  name: "holiday.mov",
  sizeBytes: 612_000_000,
  doneBytes: 389_000_000,
  flyingBytes: 30_000_000,
  bytesPerSecond: 9_600_000,
};
const plainStyle = { colour: false, unicode: true };

test("[R4] [S16] the line tells confirmed bytes, and fits any terminal", () => {
  expect(renderProgress(view, 100, plainStyle)).toBe(
    "holiday.mov  63% ━━━━━━━━━━━━━━━━━━━─┈┈┈┈┈┈┈┈┈┈  389 MB of 612 MB · 9.6 MB/s · 20 s left",
  );
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme" }),
      fc.integer({ min: 21, max: 200 }),
      fc.boolean(),
      (name, columns, waits) => {
        const sentence = waits ? "Trying again in 0:07. The connection broke (ECONNRESET)." : undefined;
        const line = renderProgress({ ...view, name: printable(name), sentence }, columns, {
          colour: true,
          unicode: true,
        });
        expect(textWidth(stripVTControlCharacters(line))).toBeLessThan(columns);
      },
    ),
  );
});

test("[S16] while it waits the line says so first of all, at 40 columns too", () => {
  const sentence = "Trying again in 0:07. The connection broke (ECONNRESET).";
  expect(renderProgress({ ...view, sentence }, 40, plainStyle)).toContain("Trying again in 0:07.");
  expect(renderProgress(view, 40, { colour: false, unicode: false })).toMatch(
    /^holiday\.mov {2}63% #+-*\.+ {2}20 s left$/,
  );
});

test("[S16] colour says nothing that the shape does not, and can be switched off", () => {
  const coloured = renderProgress(view, 80, { colour: true, unicode: true });
  expect(stripVTControlCharacters(coloured)).toBe(renderProgress(view, 80, plainStyle));
  expect(coloured).not.toBe(stripVTControlCharacters(coloured));
});

test("[S15] names cannot steer the terminal, and are cut in the middle by columns", () => {
  expect(printable("a\u001b[2Jb\u202ec\n")).toBe("a\ufffd[2Jb\ufffdc\ufffd");
  expect(cutMiddle("a-very-long-name.jpeg", 11, "…")).toBe("a-ver….jpeg");
  expect(textWidth("写真é👍")).toBe(7);
  expect(textWidth(cutMiddle("写真写真写真写真.png", 9, "…"))).toBeLessThanOrEqual(9);
});

test("[R4] speed counts what was sent in the last seconds", () => {
  const meter = new SpeedMeter();
  expect(meter.bytesPerSecond(0)).toBe(0);
  for (let at = 0; at <= 10_000; at += 50) meter.add(50_000, at);
  expect(meter.bytesPerSecond(10_000) / 1e6).toBeCloseTo(1, 1);
  expect(meter.bytesPerSecond(16_000)).toBe(0);
});
