import type { File } from "@hawser/protocol";
import { expect, test } from "vitest";
import { pageHeaders, renderPage } from "./page.ts";

const file = (filename: string): File => ({
  id: "0123456789abcdef0123456789abcdef",
  filename,
  contentType: "text/plain",
  size: 1_234_567,
  digest: `tree:${"ab".repeat(32)}`,
  metadata: {},
  completedAt: "2026-11-20T10:11:12.000Z",
  url: "/files/0123456789abcdef0123456789abcdef",
});
const totals = { activeUploads: 1, files: 2, fileBytes: 56_700_000_000 };

test("[S1] the page tells what is stored and how to send something", () => {
  const page = renderPage({ totals, files: [file("harbour.mov")], host: "127.0.0.1:8080" });
  expect(page).toContain("<h1>2 files safe, 1 upload on the way</h1>");
  expect(page).toContain("57<small>GB</small>");
  expect(page).toContain('<a href="/files/0123456789abcdef0123456789abcdef" download');
  expect(page).toContain("1.2 MB");
  expect(page).toContain("npx hawser push FILE");
  expect(page).toContain("http://127.0.0.1:8080/uploads?filename=FILE");
});

test("[S11] names are text on the page, whatever they hold", () => {
  const hostile = `"><script>alert(1)</script>&'`;
  const page = renderPage({ totals, files: [file(hostile)], host: `x"><b>` });
  expect(page).not.toContain("<script");
  expect(page).not.toContain("<b>alert");
  expect(page).not.toContain(`x"><b>`);
  expect(page).toContain("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;");
});

test("[S11] the page's policy allows its own style and nothing else", async () => {
  const style = /<style>([\s\S]*)<\/style>/.exec(renderPage({ totals, files: [], host: "localhost" }))?.[1] ?? "";
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style)));
  const policy = pageHeaders["content-security-policy"];
  expect(policy).toContain(`style-src 'sha256-${Buffer.from(hash).toString("base64")}'`);
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("unsafe");
});

test("[S1] an empty server says so", () => {
  const page = renderPage({ totals: { activeUploads: 0, files: 0, fileBytes: 0 }, files: [], host: "localhost" });
  expect(page).toContain("<h1>Nothing stored yet</h1>");
  expect(page).toContain("0<small>B</small>");
});
