import { hash } from "node:crypto";
import type { Sha256 } from "@hawser/protocol";
import type { Source } from "../src/source/source.ts";
import { hasEnded } from "../src/state.ts";
import {
  FakeServer,
  type FakeServerOptions,
  ManualPlatform,
  SharedMemory,
  TabWorld,
  type WorldTab,
} from "../src/testing/index.ts";
// Parts that are loaded when they are needed: loading takes real time, which no test here waits for.
import "../src/compare.ts";
import "../src/discard.ts";
import "../src/sequential.ts";
import type { TransportRequest } from "../src/transport/transport.ts";
import { type CoreOptions, createUploader } from "../src/uploader.ts";
import type { Uploader, UploadHandle } from "../src/uploader-api.ts";
import { isHeld } from "./stage.ts";

const endpoint = "https://files.test/";
const sha256: Sha256 = (bytes) => hash("sha256", bytes, "buffer");

export interface StagedTab {
  readonly holder: string;
  readonly page: WorldTab;
  readonly uploader: Uploader;
}

/** Several tabs of one browser over one journal, one server and one clock. */
export class TabStage {
  readonly platform: ManualPlatform;
  readonly server: FakeServer;
  readonly memory = new SharedMemory();
  readonly world: TabWorld;
  /** What `openSource` finds, by path, in whatever tab. */
  readonly files = new Map<string, () => Source>();
  /** Requests that a tab sent for what it did not carry, and places taken beyond what there are. */
  readonly wrongs: string[] = [];
  readonly #options: Partial<CoreOptions>;
  #count = 0;

  constructor(options: Partial<CoreOptions> = {}, server: Partial<FakeServerOptions> = {}, random?: () => number) {
    this.platform = new ManualPlatform({ sha256, ...(random && { random }) });
    this.server = new FakeServer({ platform: this.platform, sha256, latencyMs: 300, ...server });
    this.world = new TabWorld(this.platform);
    this.#options = options;
  }

  async open(options: Partial<CoreOptions> = {}): Promise<StagedTab> {
    const tab = this.start(options);
    await this.settled(tab.uploader.ready);
    return tab;
  }

  start(options: Partial<CoreOptions> = {}): StagedTab {
    const holder = `tab-${++this.#count}`;
    const page = this.world.openTab();
    const send = (request: TransportRequest, signal: AbortSignal) => {
      this.#watch(holder, request);
      return this.server.send(request, signal);
    };
    const uploader = createUploader({
      endpoint,
      journal: page.journal(this.memory.open(holder)),
      transport: page.transport({ send }),
      platform: page.platform,
      tabLink: page.link,
      openSource: async (origin) => (origin.kind === "path" ? (this.files.get(origin.path)?.() ?? null) : null),
      ...this.#options,
      ...options,
    });
    return { holder, page, uploader };
  }

  /** Runs until the promise is settled, which takes time. */
  async settled<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    await this.platform.runUntil(() => isSettled);
    return promise;
  }

  /** Runs until nothing goes on by itself any more in these tabs. */
  async end(...tabs: readonly StagedTab[]): Promise<void> {
    const isOver = (upload: UploadHandle) => hasEnded(upload.state) || isHeld(upload);
    await this.platform.runUntil(() => tabs.every(({ uploader }) => uploader.uploads.every(isOver)));
  }

  until(upload: UploadHandle | (() => UploadHandle | undefined), ...statuses: string[]): Promise<void> {
    const find = typeof upload === "function" ? upload : () => upload;
    return this.platform.runUntil(() => statuses.includes(find()?.state.status ?? "absent"));
  }

  /** A request belongs to whom the journal names as the carrier. */
  #watch(holder: string, { method, url, headers }: TransportRequest): void {
    const id = /\/uploads\/([0-9a-f]+)/.exec(url)?.[1];
    const key = headers["idempotency-key"];
    if (method === "DELETE") return;
    const kept = this.memory.kept.find(({ record: { upload, idempotencyKey } }) => {
      return idempotencyKey === key || (upload !== null && upload.id === id);
    });
    if (kept !== undefined && kept.holder !== holder) {
      this.wrongs.push(`${holder} sent ${method} ${url}, which ${kept.holder} carries`);
    }
  }
}
