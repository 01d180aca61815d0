import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { extname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import { HawserError } from "@hawser/protocol";
import type { RawAnswer } from "./answers.ts";

/** The built web app: a fixed map of addresses, read once. What is not in the map does not exist. */
export interface WebApp {
  /** The answer to GET or HEAD of `path`; null where the app has nothing, and the API is asked. */
  answer(path: string, headers: IncomingHttpHeaders): RawAnswer | null;
  /** For a person at an address that leads nowhere: the app, which says so. */
  readonly missing: RawAnswer;
}

/** One address of the app, ready to be sent. */
interface Page {
  readonly headers: Readonly<Record<string, string>>;
  readonly etag: string;
  readonly body: Uint8Array;
  /** Absent where it would not be smaller. */
  readonly gzipped?: Uint8Array;
}

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".txt": "text/plain; charset=utf-8",
};

/** Far above what the app has; a wrong folder is refused before it fills the memory. */
const maxFiles = 1_000;
const maxBytes = 64 * 1_048_576;
/** Below this an answer fits into one packet anyway. */
const minGzippedBytes = 1_024;

/** Scripts and styles of the app itself and nothing else; no frame around it, no form, no plug-in. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * Reads the built app below `folder`: `index.html` is `/`, each other page `NAME.html` is `/NAME`, every other file is
 * itself. Names below `assets/` hold a hash of their content and may be kept for ever. Links are not followed, and
 * names that begin with a dot are left out.
 * @throws HawserError `unavailable` when there is no built app, or something far too large
 */
export async function loadWebApp(folder: string): Promise<WebApp> {
  const pages = new Map<string, Page>();
  let totalBytes = 0;
  for (const path of await listFiles(folder)) {
    const contentType = contentTypes[extname(path)];
    if (contentType === undefined) continue;
    totalBytes += (await stat(join(folder, path))).size;
    if (totalBytes > maxBytes) throw tooLarge(folder);
    pages.set(addressOf(path), await makePage(path, contentType, await readFile(join(folder, path))));
  }
  const index = pages.get("/");
  if (index === undefined) throw noApp(folder);
  return {
    answer(path, headers) {
      const page = pages.get(path);
      return page === undefined ? null : answerWith(page, headers);
    },
    missing: { status: 404, headers: { ...index.headers, "cache-control": "no-store" }, body: index.body },
  };
}

function noApp(folder: string, cause?: unknown): HawserError {
  return new HawserError("unavailable", { detail: `There is no built web app in ${folder}.` }, { cause });
}

async function listFiles(folder: string): Promise<string[]> {
  let entries: Awaited<ReturnType<typeof readEntries>>;
  try {
    entries = await readEntries(folder);
  } catch (cause) {
    throw noApp(folder, cause);
  }
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((path) => !path.split("/").some((part) => part.startsWith(".")));
  if (files.length > maxFiles) throw tooLarge(folder);
  return files;
}

function readEntries(folder: string) {
  return readdir(folder, { recursive: true, withFileTypes: true });
}

function tooLarge(folder: string): HawserError {
  return new HawserError("unavailable", { detail: `${folder} holds far more than a web app.` });
}

function addressOf(path: string): string {
  if (path === "index.html") return "/";
  return `/${path.endsWith(".html") ? path.slice(0, -".html".length) : path}`;
}

const compress = promisify(gzip);

async function makePage(path: string, contentType: string, body: Uint8Array): Promise<Page> {
  const isKept = path.startsWith("assets/");
  const packed = body.length < minGzippedBytes ? body : await compress(body, { level: constants.Z_BEST_COMPRESSION });
  return {
    etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`,
    headers: {
      "content-type": contentType,
      "cache-control": isKept ? "public, max-age=31536000, immutable" : "no-cache",
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      vary: "Accept-Encoding",
      ...(path.endsWith(".html")
        ? { "content-security-policy": policy, "cross-origin-opener-policy": "same-origin" }
        : {}),
    },
    body,
    ...(packed.length < body.length * 0.9 ? { gzipped: packed } : {}),
  };
}

function answerWith(page: Page, headers: IncomingHttpHeaders): RawAnswer {
  const common = { ...page.headers, etag: page.etag };
  const known = headers["if-none-match"]?.split(",").map((etag) => etag.trim().replace(/^W\//, ""));
  if (known?.some((etag) => etag === page.etag || etag === "*")) return { status: 304, headers: common, body: "" };
  if (page.gzipped !== undefined && acceptsGzip(headers["accept-encoding"])) {
    return { status: 200, headers: { ...common, "content-encoding": "gzip" }, body: page.gzipped };
  }
  return { status: 200, headers: common, body: page.body };
}

/** RFC 9110 §12.5.3; what a peer does not name it gets as it is. */
function acceptsGzip(accepted: string | string[] | undefined): boolean {
  return String(accepted ?? "")
    .toLowerCase()
    .split(",")
    .some((part) => /^\s*gzip\s*(?:;\s*q=(?:1(?:\.0+)?|0?\.\d*[1-9]\d*)\s*)?$/.test(part));
}
