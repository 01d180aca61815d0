// What the engine loads when it is first needed is here from the start: a test's clock does not wait for a module.
import "../full-hash.ts";
import "../live/room.ts";
import "../match.ts";
import "../sending.ts";
import "../tabs/tabs.ts";

export { SharedMemory } from "../journal/shared-memory.ts";
export { FakeLive, liveUpload } from "./fake-live.ts";
export {
  type FakeRequest,
  type FakeRequestKind,
  FakeServer,
  type FakeServerOptions,
  type Fault,
} from "./fake-server.ts";
export type { FakeStore, FakeUpload } from "./fake-store.ts";
export { FaultyJournal } from "./faulty-journal.ts";
export { ManualPlatform, type ManualPlatformOptions } from "./manual-platform.ts";
export { type ScriptedAnswer, type ScriptedRequest, ScriptedTransport } from "./scripted-transport.ts";
export { seededRandom } from "./seeded-random.ts";
export { MemorySource, patternBytes } from "./sources.ts";
export { TabWorld, type WorldTab } from "./tab-world.ts";
