import { headers } from "@hawser/protocol";
import { isTest, type Project } from "../project.ts";
import type { Finding } from "./finding.ts";

/** Written so that this file does not hold what it looks for. */
const forbidden: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/\b(?:T[O]DO|FIX[M]E|X[X]X)\b/, "finish it, or write it down as an issue"],
  [/registry\.(?:n[p]mjs|y[a]rnpkg)|deb\.d[e]bian\.org/, "names a registry's host"],
  [/(?<![\w.~-])\/(?:work|farm|home|root|Users)\/[A-Za-z]/, "is a path of one machine"],
  [/(?<![\w.~-])\/tmp\/[A-Za-z]+\//, "is a path of one machine; ask the system for a temporary folder"],
];

export function checkWords({ files }: Project): Finding[] {
  const findings: Finding[] = [];
  for (const [path, text] of files) {
    for (const [index, line] of text.split("\n").entries()) {
      for (const [pattern, reason] of forbidden) {
        const found = pattern.exec(line)?.[0];
        if (found !== undefined)
          findings.push({ rule: "words", path, line: index + 1, message: `"${found}": ${reason}` });
      }
    }
  }
  return findings;
}

const headerNames = new Set<string>(Object.values(headers));
const mayNameHeaders = /^packages\/(?:protocol\/src|server\/src\/http)\//;

/** Header names are written once, in the protocol; only translation to and from HTTP may spell one out. */
export function checkHeaderNames({ sources }: Project): Finding[] {
  const findings: Finding[] = [];
  for (const [path, source] of sources) {
    if (!/^(?:packages|apps)\//.test(path) || mayNameHeaders.test(path) || isTest(path)) continue;
    for (const { value, line } of source.strings) {
      if (headerNames.has(value.toLowerCase())) {
        findings.push({ rule: "headers", path, line, message: `"${value}": take it from the protocol's headers` });
      }
    }
  }
  return findings;
}
