import { expect, test } from "vitest";
import { hasEnded } from "../../src/state.ts";
import { openRide, PlacedSource } from "./ride.ts";
import { type LinkScenario, linkScenarios, oracleMs } from "./scenarios.ts";

const mib = 1_048_576;

interface Ride {
  readonly elapsedMs: number;
  readonly share: number;
  /** Bytes that arrived, over those of the file. */
  readonly sentShare: number;
  readonly lanes: number;
  readonly requests: number;
}

/** Sends one file over one line. */
async function ride(scenario: LinkScenario): Promise<Ride> {
  const { platform, server, link, uploader } = openRide(scenario);
  const upload = uploader.add(new PlacedSource(scenario.fileBytes));
  await platform.runUntil(() => hasEnded(upload.state) || upload.state.status === "paused", 3_600_000);
  expect([scenario.name, upload.state.status]).toEqual([scenario.name, "completed"]);
  const elapsedMs = platform.monotonic();
  await uploader.close();
  return {
    elapsedMs,
    share: oracleMs(scenario) / elapsedMs,
    sentShare: server.receivedBytes / scenario.fileBytes,
    lanes: link.peakFlows,
    requests: server.requests.length,
  };
}

test("[S17] [I2] on 24 lines the engine carries nearly what an oracle would, and sends little twice", async () => {
  const shares: number[] = [];
  const table: string[] = [];
  for (const scenario of linkScenarios) {
    const { elapsedMs, share, sentShare, lanes, requests } = await ride(scenario);
    shares.push(share);
    const figures = [(elapsedMs / 1_000).toFixed(1), share.toFixed(2), sentShare.toFixed(3), lanes, requests];
    table.push([scenario.name.padEnd(26), ...figures.map((figure) => `${figure}`.padStart(8))].join(""));
  }
  const median = [...shares].sort((a, b) => a - b)[Math.floor(shares.length / 2)] as number;
  console.log(["line                             s   share    sent   lanes  requests", ...table].join("\n"));
  console.log(`median share of the oracle: ${median.toFixed(3)}`);
  expect(median).toBeGreaterThanOrEqual(0.8);
  // A quick line with a long way, whose connections are all new after each cut: an oracle has no slow start.
  expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.38);
}, 120_000);

/** A good line that is always the same. */
const steady: LinkScenario = {
  name: "steady",
  seed: 1,
  capacity: [{ fromMs: 0, bytesPerSecond: 50_000_000 }],
  rttMs: 40,
  windowBytes: 4 * mib,
  cuts: [],
  fileBytes: 0,
};

test("[V8] [I2] a limit holds within a few per cent in each five seconds, for all uploads together, and may change", async () => {
  const { platform, link, uploader } = openRide(steady, { maxBytesPerSecond: 50_000 });
  for (const name of ["a", "b", "c"]) uploader.add(new PlacedSource(1_024 * mib, name));
  await platform.advance(3_000);
  for (const limit of [50_000, 4_000_000, 500_000]) {
    uploader.setMaxBytesPerSecond(limit);
    expect(uploader.maxBytesPerSecond).toBe(limit);
    // What is on its way has to arrive first.
    await platform.advance(2_000);
    for (let window = 0; window < 3; window++) {
      const before = link.bodyBytes;
      await platform.advance(5_000);
      const share = (link.bodyBytes - before) / (5 * limit);
      expect([limit, window, share > 0.94, share < 1.06]).toEqual([limit, window, true, true]);
    }
  }
  uploader.setMaxBytesPerSecond(null);
  const before = link.bodyBytes;
  await platform.advance(2_000);
  expect(link.bodyBytes - before).toBeGreaterThan(20 * mib);
  await uploader.close();
});

test("[S17] several uploads share the lanes that the line is worth, and each has one", async () => {
  const { platform, uploader } = openRide(steady, { maxActive: 6, maxLanes: 4 });
  const uploads = Array.from({ length: 6 }, (_, i) => uploader.add(new PlacedSource(20 * mib, `${i}`)));
  const lanes = () => uploads.map(({ state }) => (state.status === "uploading" ? state.lanes : 0));
  await platform.runUntil(() => lanes().every((count) => count === 1));
  let most = 0;
  await platform.runUntil(() => {
    most = Math.max(
      most,
      lanes().reduce((sum, count) => sum + count, 0),
    );
    return uploader.summary().counts.completed === 6;
  });
  expect(most).toBe(6);
  await uploader.close();
});

test("[R8] a line that goes silent costs seconds, not half a minute, and what had arrived is not sent again", async () => {
  const cuts = [{ atMs: 20_000, lastsMs: 300, kind: "silent" as const }];
  const scenario = { ...steady, capacity: [{ fromMs: 0, bytesPerSecond: 100_000 }], cuts };
  const { platform, server, uploader } = openRide(scenario);
  const upload = uploader.add(new PlacedSource(4 * mib));
  await platform.runUntil(() => upload.state.status === "waiting");
  expect(platform.monotonic()).toBeLessThan(32_000);
  await platform.runUntil(() => hasEnded(upload.state));
  expect(upload.state.status).toBe("completed");
  // Of each lane a part of a chunk was on its way.
  expect(server.receivedBytes).toBeLessThan(4 * mib + 2 * 6 * 100_000);
  expect(platform.monotonic()).toBeLessThan(42_000 + 20_000);
});
