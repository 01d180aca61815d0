import { createMemoryJournal } from "../../src/journal/memory.ts";
import type { Source, SourceFacts } from "../../src/source/source.ts";
import { FakeServer, ManualPlatform } from "../../src/testing/index.ts";
// Loaded when it is needed, which takes real time.
import "../../src/compare.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { type CoreOptions, createUploader } from "../../src/uploader.ts";
import type { LinkScenario } from "./scenarios.ts";
import { SimulatedLink } from "./simulated-link.ts";

const endpoint = "https://files.test/";
const blockBytes = 65_536;

/** A large file that takes no memory: each block is filled with what its place says. */
export class PlacedSource implements Source {
  readonly facts: SourceFacts;
  readonly origin = null;
  readonly replayable = true;

  constructor(sizeBytes: number, name = "file.bin") {
    this.facts = { name, sizeBytes, contentType: null, lastModified: null };
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
function quickDigest(bytes: Uint8Array): Uint8Array {
  let state = bytes.length + 1;
  for (let at = 0; at < bytes.length; at += 8_191) state = Math.imul(state ^ (bytes[at] ?? 0), 16_777_619) >>> 0;
  return new Uint8Array(32).fill(0).map((_, i) => (state >>> ((i % 4) * 8)) & 255);
}

/** The engine, as it is, at one end of a simulated line, and a server in memory at the other. */
export function openRide(scenario: LinkScenario, options: Partial<CoreOptions> = {}) {
  const platform = new ManualPlatform({ random: seededRandom(scenario.seed), sha256: quickDigest });
  const server = new FakeServer({ platform, endpoint, sha256: quickDigest });
  const link = new SimulatedLink(scenario, platform, server);
  const uploader = createUploader({ endpoint, platform, transport: link, journal: createMemoryJournal(), ...options });
  return { platform, server, link, uploader };
}
