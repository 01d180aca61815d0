import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type OutputChunk, type OutputOptions, type RolldownBuild, rolldown } from "rolldown";
import { repositoryRoot } from "./project.ts";

/** Bytes of minified JavaScript, and of the same with gzip level 9, each file by itself. */
export interface Weight {
  readonly minifiedBytes: number;
  readonly gzipBytes: number;
}

export interface BundleSize {
  /** What a page loads before it can begin: the entry and all that it imports at once. */
  readonly initial: Weight;
  /** What is loaded only when somebody asks for it (matching, full hash, SHA-256 where the browser has none). */
  readonly later: Weight;
}

/** What may be loaded at once, gzipped: of the client, of the hooks on top of it, and of all React bindings on top. */
export const maxGzipBytes = { client: 16_384, hooks: 3_500, react: 8_000 } as const;

const entry = "packages/client/src/browser.ts";
const reactEntry = "packages/react/src/index.ts";
const hooks =
  "UploaderProvider, useDropZone, useLive, useMatches, useQueue, useStorage, useUpload, useUploader, useUploads";

export interface ReactBundleSize {
  /** The provider and the hooks. */
  readonly hooks: Weight;
  /** Everything with the English words; not the German ones, nor the style sheet. */
  readonly initial: Weight;
  /** The dialogs about earlier uploads, which are loaded by pages that have them. */
  readonly later: Weight;
}

/** What the React bindings add to a page that has React and the client already. */
export async function measureReactBundle(): Promise<ReactBundleSize> {
  return { hooks: (await weighReact(`{ ${hooks} }`)).initial, ...(await weighReact("*")) };
}

async function weighReact(exported: string): Promise<BundleSize> {
  const from = JSON.stringify(join(repositoryRoot, reactEntry));
  await using bundle = await rolldown({
    input: "page",
    platform: "browser",
    external: ["react", "react/jsx-runtime", "@hawser/client"],
    resolve: { conditionNames: ["@hawser/source", "browser", "import"] },
    preserveEntrySignatures: "allow-extension",
    plugins: [
      {
        name: "page",
        resolveId: (id) => (id === "page" ? id : null),
        load: (id) => (id === "page" ? `export ${exported} from ${from};` : null),
      },
    ],
    transform: { jsx: { runtime: "automatic", development: false } },
  });
  return await weighOutput(bundle, { comments: false });
}

/** Bundles all exports of the browser entry of `@hawser/client`, with what it imports, as a page's own build does. */
export async function measureBundle(): Promise<BundleSize> {
  await using bundle = await rolldown({
    input: join(repositoryRoot, entry),
    platform: "browser",
    // As in the build of a page, which is no library: code that is shared with later parts may stay in the entry.
    preserveEntrySignatures: "allow-extension",
    resolve: { conditionNames: ["@hawser/source", "browser", "import"] },
  });
  return await weighOutput(bundle);
}

async function weighOutput(bundle: RolldownBuild, options: OutputOptions = {}): Promise<BundleSize> {
  const { output } = await bundle.generate({ format: "esm", minify: true, ...options });
  const chunks = output.filter((part) => part.type === "chunk");
  const initial = initialChunks(chunks);
  return { initial: weigh([...initial]), later: weigh(chunks.filter((chunk) => !initial.has(chunk))) };
}

function initialChunks(chunks: readonly OutputChunk[]): Set<OutputChunk> {
  // A set's iteration goes on to what is added meanwhile.
  const initial = new Set(chunks.filter(({ isEntry }) => isEntry));
  for (const { imports } of initial) {
    for (const chunk of chunks) if (imports.includes(chunk.fileName)) initial.add(chunk);
  }
  return initial;
}

function weigh(chunks: readonly OutputChunk[]): Weight {
  let minifiedBytes = 0;
  let gzipBytes = 0;
  for (const { code } of chunks) {
    minifiedBytes += Buffer.byteLength(code);
    gzipBytes += gzipSync(code, { level: 9 }).length;
  }
  return { minifiedBytes, gzipBytes };
}

if (import.meta.main) {
  console.log(JSON.stringify({ ...(await measureBundle()), react: await measureReactBundle(), maxGzipBytes }));
}
