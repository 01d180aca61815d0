import { expect, test } from "vitest";
import { createMemoryJournal } from "../../src/journal/memory.ts";
import type { Source, SourceFacts } from "../../src/source/source.ts";
import { hasEnded } from "../../src/state.ts";
import { FakeServer, ManualPlatform } from "../../src/testing/index.ts";
// Loaded when it is needed, which takes real time.
import "../../src/compare.ts";
import { createUploader } from "../../src/uploader.ts";
import { seededRandom } from "../proxy/random.ts";
import { type LinkScenario, linkScenarios, oracleMs } from "./scenarios.ts";
import { SimulatedLink } from "./simulated-link.ts";

const endpoint = "https://files.test/";
const blockBytes = 65_536;

/** A large file that takes no memory: each block is filled with what its place says. */
export class PlacedSource implements Source {
  readonly facts: SourceFacts;
  readonly origin = null;
  readonly replayable = true;

  constructor(sizeBytes: number) {
    this.facts = { name: "file.bin", sizeBytes, contentType: null, lastModified: null };
  }

  async read(offset: number, target: Uint8Array): Promise<number> {
    const endBytes = Math.min(offset + target.length, this.facts.sizeBytes as number);
    for (let at = offset; at < endBytes; ) {
      const block = Math.floor(at / blockBytes);
      const next = Math.min(endBytes, (block + 1) * blockBytes);
      target.fill(1 + (block % 251), at - offset, next - offset);
      at = next;
    }
    return endBytes - offset;
  }

  async close(): Promise<void> {}
}

/** Tells different bytes apart well enough here, and takes no time. */
export function quickDigest(bytes: Uint8Array): Uint8Array {
  let state = bytes.length + 1;
  for (let at = 0; at < bytes.length; at += 8_191) state = Math.imul(state ^ (bytes[at] ?? 0), 16_777_619) >>> 0;
  return new Uint8Array(32).fill(0).map((_, i) => (state >>> ((i % 4) * 8)) & 255);
}

interface Ride {
  readonly elapsedMs: number;
  readonly share: number;
  /** Bytes that arrived, over those of the file. */
  readonly sentShare: number;
  readonly lanes: number;
  readonly requests: number;
}

/** The engine, as it is, sends one file over one line. */
async function ride(scenario: LinkScenario): Promise<Ride> {
  const platform = new ManualPlatform({ random: seededRandom(scenario.seed), sha256: quickDigest });
  const server = new FakeServer({ platform, endpoint, sha256: quickDigest });
  const link = new SimulatedLink(scenario, platform, server);
  const uploader = createUploader({ endpoint, platform, transport: link, journal: createMemoryJournal() });
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
