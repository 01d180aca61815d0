// The engine in a page without anything else: what the tests of kills, tabs and storage drive.
import { createUploader, type UploadHandle } from "@hawser/client";
import type { PageSettings, Seen, StagePage } from "../page-words.ts";
import { sourceOf, sourcesIn } from "./sources.ts";

const { adds = "new", ...options }: PageSettings = JSON.parse(decodeURIComponent(location.hash.slice(1)) || "{}");
const told: string[] = [];

const uploader = createUploader({
  endpoint: `${location.origin}/`,
  refresh: async () => {
    await fetch("/stage/token", { method: "POST" });
  },
  ...options,
});

const input = document.querySelector("input");
input?.addEventListener("change", () => void take(sourcesOfInput()));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer !== null) void take(sourcesIn(event.dataTransfer));
});

function sourcesOfInput() {
  return Promise.all(Array.from(input?.files ?? [], sourceOf));
}

/** A file of that name which is waited for gets its bytes again; others are looked for on the server, or new. */
async function take(finding: ReturnType<typeof sourcesOfInput>): Promise<void> {
  for (const source of await finding) {
    const waiting = uploader.uploads.find(({ state }) => isWaitingFor(state, source.facts.name));
    try {
      if (waiting !== undefined) await waiting.supply(source);
      else if (adds === "new") uploader.add(source);
      else (await uploader.match(source))[0]?.resume() ?? uploader.add(source);
    } catch (error) {
      tell(error);
    }
  }
}

function isWaitingFor(state: UploadHandle["state"], name: string): boolean {
  return state.status === "needs-source" && state.name === name;
}

function tell(error: unknown): void {
  told.push(error instanceof Error ? `${(error as { code?: string }).code ?? error.message}` : `${error}`);
}

function seen({ state }: UploadHandle): Seen {
  const cause = state.status === "paused" || state.status === "waiting" ? state.cause : null;
  return {
    id: state.id,
    uploadId: state.uploadId,
    name: state.name,
    status: state.status,
    carrier: state.carrier,
    isFromEarlier: state.isFromEarlier,
    confirmedBytes: state.confirmedBytes,
    code: state.status === "failed" ? state.error.code : (cause?.code ?? null),
    canReopen: state.status === "needs-source" && state.canReopen,
  };
}

const named = (name: string) => uploader.uploads.find(({ state }) => state.name === name);

const page: StagePage = {
  uploader,
  told,
  isReady: false,
  uploads: () => uploader.uploads.map(seen),
  does: (name, act) => {
    const upload = named(name);
    if (upload === undefined) return false;
    if (act === "reopen") upload.reopen().catch(tell);
    else upload[act]();
    return true;
  },
};
Object.assign(globalThis, { stage: page });
uploader.ready.then(() => {
  page.isReady = true;
}, tell);
