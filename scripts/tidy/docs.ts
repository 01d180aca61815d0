import { posix } from "node:path";
import { errorTable } from "@hawser/protocol";
import { isTest, type Project } from "../project.ts";
import type { Finding } from "./finding.ts";

const link = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g;
const protocolPage = "docs/protocol.md";

/** Relative links of Markdown pages lead to files and folders that exist. */
export function checkLinks({ files }: Project): Finding[] {
  const findings: Finding[] = [];
  const folders = new Set([...files.keys()].flatMap((path) => parents(path)));
  for (const [path, text] of files) {
    if (!path.endsWith(".md")) continue;
    let isCode = false;
    for (const [index, line] of text.split("\n").entries()) {
      if (line.trimStart().startsWith("```")) isCode = !isCode;
      for (const [, address] of isCode ? [] : line.matchAll(link)) {
        if (address === undefined || /^(?:[a-z]+:|#)/.test(address)) continue;
        const target = posix.join(posix.dirname(path), decodeURI(address.replace(/#.*$/, ""))).replace(/\/$/, "");
        if (!files.has(target) && !folders.has(target)) {
          findings.push({ rule: "links", path, line: index + 1, message: `leads to ${target}, which does not exist` });
        }
      }
    }
  }
  return findings;
}

function parents(path: string): string[] {
  const parent = posix.dirname(path);
  return parent === "." ? ["."] : [parent, ...parents(parent)];
}

/** Every error of the table can happen, at the server or (what a proxy answers) at a client, and is explained. */
export function checkErrorCodes({ files, sources }: Project): Finding[] {
  const used = new Set<string>();
  for (const [path, source] of sources) {
    if (!/^(packages\/(server|client)|apps\/[^/]+)\/src\//.test(path) || isTest(path)) continue;
    for (const { value } of source.strings) used.add(value);
  }
  const page = files.get(protocolPage);
  return Object.keys(errorTable).flatMap((code) => {
    const findings: Finding[] = [];
    const path = "packages/protocol/src/error-table.ts";
    if (!used.has(code)) findings.push({ rule: "errors", path, message: `${code} is used nowhere` });
    if (page?.includes(`\`${code}\``) === false) {
      findings.push({ rule: "errors", path: protocolPage, message: `does not explain \`${code}\`` });
    }
    return findings;
  });
}
