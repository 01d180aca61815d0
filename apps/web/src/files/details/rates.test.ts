import type { UploadState } from "@hawser/client";
import { expect, test } from "vitest";
import { rateShape, rateTable } from "./rate-shape.ts";
import { keptRates, RateLog } from "./rates.ts";

const state = (id: string, status: UploadState["status"], bytesPerSecond = 0) =>
  ({ id, status, bytesPerSecond, lanes: 2 }) as unknown as UploadState;

test("[S16] rates are kept for two minutes, for what travelled, and no longer than it is there", () => {
  const log = new RateLog();
  for (let second = 0; second < 300; second++) log.note([state("a", "uploading", second), state("q", "queued")]);
  expect(log.of("a").length).toBe(keptRates);
  expect(log.of("a").at(-1)).toEqual({ bytesPerSecond: 299, lanes: 2 });
  expect(log.of("q")).toEqual([]);
  log.note([state("a", "waiting")]);
  expect(log.of("a").at(-1)).toEqual({ bytesPerSecond: 0, lanes: 0 });
  log.note([]);
  expect(log.of("a")).toEqual([]);
});

test("[S16] the drawing of rates has a round top and leaves the unknown past empty", () => {
  const shape = rateShape([
    { bytesPerSecond: 9_600_000, lanes: 4 },
    { bytesPerSecond: 0, lanes: 0 },
  ]);
  expect(shape.topBytes).toBe(10_000_000);
  expect(shape.speed).toBe("M99.16 4.0L100.00 100.0");
  expect(shape.lanes).toBe("M99.16 50.0H100.00V100.0");
  expect(rateShape([]).area).toBe("");
});

test("[S16] the table holds every second of the drawing, newest first", () => {
  const rates = Array.from({ length: 25 }, (_, second) => ({ bytesPerSecond: second, lanes: second % 5 }));
  expect(rateTable(rates)).toEqual([
    { agoSeconds: 0, bytesPerSecond: 19.5, lanes: 4 },
    { agoSeconds: 10, bytesPerSecond: 9.5, lanes: 4 },
    { agoSeconds: 20, bytesPerSecond: 2, lanes: 4 },
  ]);
});
