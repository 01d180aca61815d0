import type { Handle } from "./handle.ts";
import type { Line } from "./line.ts";
import type { RecordKeeper } from "./owed.ts";
import type { TravelQueue } from "./queue.ts";
import type { Keeper } from "./source/keeper.ts";
import type { Model } from "./state.ts";
import type { Tabs } from "./tabs/tabs.ts";
import type { UploadParts } from "./upload.ts";
import type { OpenSource, TraceEvent } from "./uploader-api.ts";

/** What all handles share, and what they tell their owner. */
export interface HandleContext extends UploadParts, RecordKeeper {
  readonly openSource: OpenSource;
  /** Null where sources are found again without anything being kept, or not at all. */
  readonly keeper: Keeper | null;
  /** Null when the app cannot get new credentials. */
  readonly refresh: (() => Promise<void>) | null;
  /** Ends everything. */
  readonly closing: AbortSignal;
  readonly queue: TravelQueue<Handle>;
  readonly line: Line;
  /** The other tabs of this browser; null where there are none. */
  readonly tabs: Tabs | null;
  /** Gives free places to those whose turn it is. */
  pump(): void;
  changed(handle: Handle, before: Model, after: Model): void;
  trace(upload: string, event: string, data?: TraceEvent["data"]): void;
}
