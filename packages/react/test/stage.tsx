import { createUploader, type Uploader, type UploaderOptions, type UploadState } from "@hawser/client";
import { FakeServer, type FakeServerOptions, ManualPlatform, MemorySource, patternBytes } from "@hawser/client/testing";
import axe from "axe-core";
import { type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { expect, onTestFinished } from "vitest";
import { UploaderProvider, type UploaderProviderProps } from "../src/index.ts";

export const MiB = 1_048_576;
export const endpoint = "https://files.test/";

/** A real uploader before a server in memory, whose time moves only when the test says so. */
export interface Stage {
  readonly platform: ManualPlatform;
  readonly server: FakeServer;
  readonly uploader: Uploader;
  /** What a provider needs to make one like it. */
  readonly options: UploaderOptions;
}

export function openStage(serverOptions: Partial<FakeServerOptions> = {}, given: Partial<UploaderOptions> = {}): Stage {
  const platform = new ManualPlatform();
  const server = new FakeServer({ platform, endpoint, ...serverOptions });
  const { openSocket } = server.live;
  const options: UploaderOptions = { endpoint, platform, transport: server, openSocket, ...given };
  const uploader = createUploader(options);
  onTestFinished(() => uploader.close());
  return { platform, server, uploader, options };
}

/** Moves time on until something is so; what loads meanwhile takes real time. */
export async function until({ platform }: Stage, isTrue: () => boolean): Promise<void> {
  const step = async () => {
    await platform.advance(200);
    return isTrue();
  };
  await expect.poll(step, { timeout: 15_000, interval: 5 }).toBe(true);
}

export function fileOf(name: string, sizeBytes: number, seed = 1): MemorySource {
  return new MemorySource(patternBytes(sizeBytes, seed), { name });
}

export interface Mounted {
  readonly element: HTMLElement;
  render(ui: ReactNode): void;
  unmount(): void;
}

/** In a page, under StrictMode: whatever is done twice there has to be safe. */
export function mount(ui: ReactNode): Mounted {
  const element = document.createElement("main");
  document.body.append(element);
  const root = createRoot(element);
  const mounted: Mounted = {
    element,
    render: (next) => root.render(<StrictMode>{next}</StrictMode>),
    unmount: () => root.unmount(),
  };
  mounted.render(ui);
  onTestFinished(() => {
    root.unmount();
    element.remove();
  });
  return mounted;
}

export function mountWith(
  uploader: Uploader,
  ui: ReactNode,
  messages: UploaderProviderProps["messages"] = {},
): Mounted {
  return mount(
    <UploaderProvider uploader={uploader} messages={messages}>
      {ui}
    </UploaderProvider>,
  );
}

/** An uploader whose uploads are in these states and stay there: for looking at. */
export function standStill(states: readonly UploadState[]): Uploader {
  const uploads = states.map((state) => ({ id: state.id, state }));
  return {
    uploads,
    ready: Promise.resolve(),
    summary: () => null,
    subscribe: () => () => undefined,
    storage: null,
    maxBytesPerSecond: null,
  } as unknown as Uploader;
}

/** What the automatic check finds in the page, in a form that can be read. */
export async function violations(): Promise<string[]> {
  const { violations } = await axe.run(document.body, { rules: { region: { enabled: false } } });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}

/** Names of all controls that can be seen. */
export function controlNames(): string[] {
  return [...document.querySelectorAll<HTMLElement>("button, input, [role=progressbar]")]
    .filter((control) => control.checkVisibility())
    .map((control) => control.ariaLabel ?? control.textContent ?? "");
}
