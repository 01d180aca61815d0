import { createHash } from "node:crypto";
import type { File } from "@hawser/protocol";
import type { Totals } from "../ports/ledger.ts";
import { pageStyle } from "./page-style.ts";

export interface PageFacts {
  readonly totals: Totals;
  /** The newest first. */
  readonly files: readonly File[];
  /** `Host` under which the page was asked for. */
  readonly host: string;
}

const shownFiles = 20;
const styleHash = createHash("sha256").update(pageStyle).digest("base64");

/** No script, no picture from elsewhere, no form, no frame; the one style is named by its hash. */
export const pageHeaders = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy":
    `default-src 'none'; style-src 'sha256-${styleHash}'; img-src data:; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
} as const;

/** The page at `/`: what this is, what is stored, how to send something. */
export function renderPage({ totals, files, host }: PageFacts): string {
  const origin = `http://${escapeHtml(host)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${totals.files === 0 ? "Nothing stored yet" : `${counted(totals.files, "file")} safe`} · Hawser</title>
<link rel="icon" href="data:,">
<style>${pageStyle}</style>
</head>
<body>
<header><div><svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true"><rect x="2" y="2" width="5.2" height="20" rx="1.6"/><rect x="16.8" y="2" width="5.2" height="20" rx="1.6"/><path d="M7.2 8c1.2 7.2 8.4 7.2 9.6 0"/></svg>Hawser</div></header>
<main>
<h1>${headline(totals)}</h1>
<p class="lead">Hawser gets a file off an unreliable device and network into durable storage, exactly once, and can prove it. What it has acknowledged is on disk.</p>
<dl class="card sums">
<div><dt>Files</dt><dd>${totals.files.toLocaleString("en")}</dd></div>
<div><dt>Stored</dt><dd>${figure(totals.fileBytes)}</dd></div>
<div><dt>On the way</dt><dd>${totals.activeUploads.toLocaleString("en")}<small>${totals.activeUploads === 1 ? "upload" : "uploads"}</small></dd></div>
</dl>
<h2 id="files">Safe on the server</h2>
${renderFiles(files)}
<h2>Send something</h2>
<div class="card how">
<p>Any file, of any size. A line that breaks and a server that restarts cost nothing but time:</p>
<pre tabindex="0" aria-label="Command to send a file">npx hawser push FILE</pre>
<p>A file of up to 1 MiB, with nothing but curl and openssl:</p>
<pre tabindex="0" aria-label="Command to send a small file with curl">curl --data-binary @FILE \\
  -H "Chunk-Digests: :$(openssl dgst -sha256 -binary FILE | base64):" \\
  "${origin}/uploads?filename=FILE"</pre>
</div>
<footer><a href="/openapi.json">The interface (OpenAPI)</a><a href="/files">All files (JSON)</a></footer>
</main>
</body>
</html>
`;
}

function headline({ files, activeUploads }: Totals): string {
  if (files === 0) return activeUploads === 0 ? "Nothing stored yet" : `${counted(activeUploads, "upload")} on the way`;
  const safe = `${counted(files, "file")} safe`;
  return activeUploads === 0 ? safe : `${safe}, ${counted(activeUploads, "upload")} on the way`;
}

function renderFiles(files: readonly File[]): string {
  if (files.length === 0) {
    return '<p class="card empty">Files appear here as soon as they are complete and checked as a whole.</p>';
  }
  return `<ul class="card" aria-labelledby="files">\n${files.slice(0, shownFiles).map(renderFile).join("\n")}\n</ul>`;
}

function renderFile(file: File): string {
  const name = escapeHtml(file.filename);
  const digest = escapeHtml(file.digest);
  const at = escapeHtml(file.completedAt.slice(0, 16).replace("T", " "));
  return (
    `<li><a href="${escapeHtml(file.url)}" download title="${name}"><bdi>${name}</bdi></a>` +
    `<span class="size">${sized(file.size)}</span>` +
    `<span class="said"><b>Safe</b> checked as a whole, ${at} UTC</span>` +
    `<span class="digest" title="${digest}">${digest.slice(0, 17)}…</span></li>`
  );
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

const units = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/** One decimal below 10, none above. */
function scaled(sizeBytes: number): readonly [figure: string, unit: string] {
  let value = sizeBytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return [unit > 0 && value < 9.95 ? value.toFixed(1) : String(Math.round(value)), units[unit] as string];
}

function sized(sizeBytes: number): string {
  return scaled(sizeBytes).join(" ");
}

function figure(sizeBytes: number): string {
  const [value, unit] = scaled(sizeBytes);
  return `${value}<small>${unit}</small>`;
}

/** Text for HTML and for quoted attributes. */
function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}
