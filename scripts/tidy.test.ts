import { errorTable } from "@hawser/protocol";
import { describe, expect, test } from "vitest";
import { type Project, projectOf } from "./project.ts";
import { checkErrorCodes, checkLinks } from "./tidy/docs.ts";
import { checkFiles, checkReachable } from "./tidy/files.ts";
import { type Finding, formatFinding } from "./tidy/finding.ts";
import { checkImports } from "./tidy/import-table.ts";
import { checkAdapters, checkTests } from "./tidy/tests.ts";
import { checkLockfile, checkVersions } from "./tidy/versions.ts";
import { checkHeaderNames, checkWords } from "./tidy/words.ts";

/** What a rule says about a sample, as a person would read it. */
function say(check: (project: Project) => Finding[], texts: Record<string, string>): string[] {
  return check(projectOf(texts)).map(formatFinding);
}

const src = "packages/server/src";

describe("the import table", () => {
  const refused: [path: string, specifier: string, reason: string][] = [
    [`${src}/domain/finalize.ts`, "node:fs", "domain may not use this built-in module"],
    [`${src}/domain/finalize.ts`, "../http/app.ts", "domain may not import http"],
    [`${src}/domain/finalize.ts`, "../adapters/disk/store.ts", "domain may not import adapters"],
    [`${src}/ports/ledger.ts`, "../domain/uploads.ts", "ports may not import domain"],
    [`${src}/ports/ledger.ts`, "pino", "ports takes no such package"],
    [`${src}/bytes/committer.ts`, "node:fs", "bytes may not use this built-in module"],
    [`${src}/bytes/committer.ts`, "../domain/uploads.ts", "bytes may not import domain"],
    [`${src}/adapters/disk/store.ts`, "../sqlite/ledger.ts", "adapters do not know each other"],
    [`${src}/adapters/disk/store.ts`, "../../http/app.ts", "adapters may not import http"],
    [`${src}/adapters/disk/store.ts`, "node:sqlite", "node:sqlite is confined to its adapter"],
    [`${src}/http/app.ts`, "../adapters/disk/store.ts", "http may not import adapters"],
    [`${src}/threads/link.ts`, "../domain/uploads.ts", "threads may not import domain"],
    [`${src}/http/app.ts`, "@hawser/client", "http may not import client"],
    [`${src}/http/app.ts`, "@hawser/protocol/src/ranges.ts", "deep imports pass a package's exports by"],
    [`${src}/http/app.ts`, "../../../protocol/src/ranges.ts", "other packages are imported by name"],
    [`${src}/http/app.ts`, "../../../../apps/cli/src/main.ts", "nothing imports apps"],
    [`${src}/http/app.ts`, "hawser", "nothing imports apps"],
    [`${src}/http/app.ts`, "./app.test.ts", "only tests import tests"],
    [
      `${src}/domain/finalize.test.ts`,
      "../adapters/sqlite/ledger.ts",
      "tests beside domain use the memory adapters only",
    ],
    ["packages/client/src/queue.ts", "@hawser/server", "client may not import server"],
    ["packages/protocol/src/ranges.ts", "node:buffer", "protocol may not use this built-in module"],
    ["apps/cli/src/main.ts", "../../../packages/server/src/index.ts", "other packages are imported by name"],
  ];
  test.each(refused)("%s may not import %s: %s", (path, specifier, reason) => {
    expect(say(checkImports, { [path]: `import { x } from "${specifier}";\n` })).toEqual([
      `${path}:1  imports ${specifier}: ${reason}  [imports]`,
    ]);
  });

  test("sees type imports, re-exports and dynamic imports alike", () => {
    const text = `import type { A } from "node:fs";\nexport * from "node:net";\nconst c = await import("node:tls");\n`;
    const lines = checkImports(projectOf({ [`${src}/domain/a.ts`]: text })).map(({ line }) => line);
    expect(lines).toEqual([1, 2, 3]);
  });

  test("refuses ambient time, randomness and timers where decisions are made", () => {
    const text =
      "export const f = () => [Date.now(), Math.random(), new Date(), setTimeout(f, 1), process.pid, Math.max(1)];\n";
    const names = checkImports(projectOf({ [`${src}/domain/a.ts`]: text })).map(({ message }) => message.split(":")[0]);
    expect(names.sort()).toEqual(
      ["Date.now", "Math.random", "new Date()", "process.pid", "setTimeout"].map((name) => `reads ${name}`),
    );
    expect(say(checkImports, { [`${src}/adapters/disk/a.ts`]: text })).toEqual([]);
  });

  test("wants every source file in a room", () => {
    expect(say(checkImports, { [`${src}/misplaced.ts`]: "" })).toEqual([
      `${src}/misplaced.ts:1  lies in no room: scripts/tidy/import-table.ts has to know it  [imports]`,
    ]);
  });

  test("lets through what the table allows", () => {
    const allowed = {
      [`${src}/domain/uploads.ts`]: `import { treeRoot } from "@hawser/protocol";\nimport type { Ledger } from "../ports/ledger.ts";\n`,
      [`${src}/bytes/gather.ts`]: `import { createHash } from "node:crypto";\nimport type { BlobStore } from "../ports/blob-store.ts";\n`,
      [`${src}/adapters/sqlite/ledger.ts`]: `import { DatabaseSync } from "node:sqlite";\nimport { sql } from "./statements.ts";\n`,
      [`${src}/adapters/disk/store.test.ts`]: `import { contract } from "../../../test/contract/blob-store.ts";\n`,
      [`${src}/domain/uploads.test.ts`]: `import { memoryLedger } from "../adapters/memory/ledger.ts";\n`,
      [`${src}/embedded/server.ts`]: `import { store } from "../adapters/disk/store.ts";\nimport { app } from "../http/app.ts";\n`,
      "apps/cli/src/main.ts": `import { serve } from "@hawser/server";\nimport { readFile } from "node:fs/promises";\n`,
    };
    expect(say(checkImports, allowed)).toEqual([]);
  });
});

describe("files", () => {
  test("are at most 450 lines long", () => {
    expect(say(checkFiles, { "a.ts": "\n".repeat(450) })).toEqual([]);
    expect(say(checkFiles, { "a.ts": "\n".repeat(451) })[0]).toContain("has 451 lines");
  });

  test.each(["a/utils.ts", "a/helpers/b.ts", "a/common.ts", "a/helper.test.ts", "a/types.ts", "a/misc.css"])(
    "have names that say what they are: %s",
    (path) => {
      expect(say(checkFiles, { [path]: "" })[0]).toContain("does not say what it is");
    },
  );

  const manifest = JSON.stringify({ name: "a", exports: { ".": { "@hawser/source": "./src/index.ts" } } });

  test("are imported by somebody", () => {
    const tree = {
      "packages/a/package.json": manifest,
      "packages/a/src/index.ts": `export * from "./used.ts";\nnew URL("./worker.ts", import.meta.url);\n`,
      "packages/a/src/used.ts": "",
      "packages/a/src/worker.ts": "",
      "packages/a/src/island.ts": `import "./island-two.ts";\n`,
      "packages/a/src/island-two.ts": `import "./island.ts";\n`,
    };
    expect(say(checkReachable, tree)).toEqual([
      "packages/a/src/island.ts  is imported by nobody  [reachable]",
      "packages/a/src/island-two.ts  is imported by nobody  [reachable]",
    ]);
  });

  test("of an app are reached from the page that names them", () => {
    const tree = {
      "apps/a/index.html": '<script type="module" src="/src/main.tsx"></script>',
      "apps/a/src/main.tsx": `import "./app.tsx";\n`,
      "apps/a/src/app.tsx": "",
      "apps/a/src/lost.tsx": "",
    };
    expect(say(checkReachable, tree)).toEqual(["apps/a/src/lost.tsx  is imported by nobody  [reachable]"]);
  });

  test("of the product are imported by more than tests; memory adapters and what lies in test/ are for tests", () => {
    const tree = {
      "packages/a/package.json": manifest,
      "packages/a/src/index.ts": "",
      "packages/a/src/forgotten.ts": "",
      "packages/a/src/adapters/memory/store.ts": "",
      "packages/a/test/driver.ts": "",
      "packages/a/src/a.test.ts": `import "./forgotten.ts";\nimport "./adapters/memory/store.ts";\nspawn("../test/driver.ts");\n`,
    };
    expect(say(checkReachable, tree)).toEqual(["packages/a/src/forgotten.ts  is imported by tests only  [reachable]"]);
  });
});

describe("words", () => {
  const glue = (...parts: string[]) => parts.join("");

  test.each([
    glue("// TO", "DO later"),
    glue("// FIX", "ME"),
    glue("// X", "XX"),
    glue("https://registry.", "npmjs.org/x"),
    glue("deb.", "debian.org"),
    glue("see /", "home/ana/x"),
    glue('"/', 'work/main"'),
    glue("/tm", "p/abc/d"),
  ])("refuses %s", (line) => {
    expect(say(checkWords, { "docs/a.md": `fine\n${line}\n` })[0]).toMatch(/^docs\/a\.md:2 /);
  });

  test("lets addresses and relative paths through", () => {
    const text = [
      glue("https://example.org/", "home/page"),
      glue("./", "work/list"),
      "packages/work/a",
      "a mastodon",
    ].join(", ");
    expect(say(checkWords, { "a.md": text })).toEqual([]);
  });

  test("refuses header names outside of the protocol and http", () => {
    const text = `export const name = "Chunk-Digests";\n`;
    expect(say(checkHeaderNames, { "apps/cli/src/a.ts": text })).toEqual([
      `apps/cli/src/a.ts:1  "Chunk-Digests": take it from the protocol's headers  [headers]`,
    ]);
    expect(say(checkHeaderNames, { [`${src}/http/a.ts`]: text, [`${src}/http/a.test.ts`]: text })).toEqual([]);
  });
});

describe("tests", () => {
  const path = `${src}/domain/a.test.ts`;
  const inTest = (code: string) =>
    say(checkTests, { [path]: `import { describe, it, test } from "vitest";\n${code}\n` });

  test.each([
    ["test.skip", `test.skip("[S1] a", f);`],
    ["it.only", `it.only("[S1] a", f);`],
    ["test.todo", `test.todo("[S1] a");`],
    ["describe.skip", `describe.skip("x", () => { test("[S1] a", f); });`],
    ["test.only.each", `test.only.each([1])("[S1] a", f);`],
  ])("may not be silenced: %s", (_, code) => {
    expect(inTest(code)).toHaveLength(1);
    expect(inTest(code)[0]).toContain("hides tests");
  });

  test("carry a requirement's id, in their own title or in that of a suite around them", () => {
    expect(inTest(`test("adds", f);`)[0]).toContain(`"adds" names no requirement`);
    expect(inTest("test.each([1])(`adds`, f);")[0]).toContain("names no requirement");
    expect(inTest(`const own = test.extend({}); own("adds", f);`)[0]).toContain("names no requirement");
    expect(inTest(`describe("[S4] sums", () => { test("adds", f); }); test("adds", f);`)).toHaveLength(1);
    expect(inTest(`test("[S4, R5] adds", f); it.each(rows)("[X1] %s", f); /a/.test("b");`)).toEqual([]);
  });

  test("have titles that stand where the test is", () => {
    expect(inTest("test(title, f);")[0]).toContain("the title is not written where the test is");
  });

  test("try every adapter by a contract suite", () => {
    const disk = { [`${src}/adapters/disk/store.ts`]: "" };
    expect(say(checkAdapters, disk)).toEqual([`${src}/adapters/disk  runs through no contract suite  [adapters]`]);
    const lonely = { ...disk, [`${src}/adapters/disk/store.test.ts`]: `import "./store.ts";\n` };
    expect(say(checkAdapters, lonely)).toHaveLength(1);
    const tried = {
      ...disk,
      "packages/server/test/disk.test.ts": `import "./contract/blob-store.ts";\nimport "../src/adapters/disk/store.ts";\n`,
    };
    expect(say(checkAdapters, tried)).toEqual([]);
  });
});

describe("documents", () => {
  test("link to what exists", () => {
    const tree = {
      "docs/a.md":
        "[b](b.md#top) [up](../src/) [web](https://example.org) [here](#x)\n[gone](gone.md)\n```\n[code](no.md)\n```\n",
      "docs/b.md": "",
      "src/x.ts": "",
    };
    expect(say(checkLinks, tree)).toEqual(["docs/a.md:2  leads to docs/gone.md, which does not exist  [links]"]);
  });

  test("and the code know every error of the table", () => {
    const codes = Object.keys(errorTable);
    const throwing = codes.map((code) => `throw new HawserError("${code}");`).join("\n");
    const explained = codes.map((code) => `\`${code}\``).join("\n");
    const tree = { [`${src}/a.ts`]: throwing, "docs/protocol.md": explained };
    expect(say(checkErrorCodes, tree)).toEqual([]);
    expect(say(checkErrorCodes, { ...tree, "docs/protocol.md": explained.replace("`gone`", "") })).toEqual([
      "docs/protocol.md  does not explain `gone`  [errors]",
    ]);
    expect(say(checkErrorCodes, { ...tree, [`${src}/a.ts`]: throwing.replace(`"gone"`, "code") })).toEqual([
      "packages/protocol/src/error-table.ts  gone is used nowhere  [errors]",
    ]);
    const onlyTested = { [`${src}/a.test.ts`]: throwing };
    expect(say(checkErrorCodes, onlyTested)).toHaveLength(codes.length);
  });
});

test("versions are exact and the same everywhere", () => {
  const tree = {
    "packages/a/package.json": JSON.stringify({ name: "a", version: "0.2.0", dependencies: { x: "1.0.0" } }),
    "packages/b/package.json": JSON.stringify({
      name: "b",
      version: "0.2.0",
      dependencies: { a: "0.1.0", x: "1.0.1" },
    }),
    "package.json": JSON.stringify({ name: "root", devDependencies: { y: "^2.0.0", x: "1.0.0" } }),
  };
  expect(say(checkVersions, tree)).toEqual([
    "packages/b/package.json  a is 0.1.0 here and 0.2.0 elsewhere  [versions]",
    "packages/b/package.json  x is 1.0.1 here and 1.0.0 elsewhere  [versions]",
    "package.json  y ^2.0.0 is not an exact version  [versions]",
  ]);
});

test("the lockfile names the optional packages of every platform", () => {
  const lock = (names: string[]) => ({
    "package-lock.json": JSON.stringify({
      packages: {
        "": {},
        "node_modules/tool": { optionalDependencies: { "tool-linux": "1.0.0", "tool-mac": "1.0.0" } },
        ...Object.fromEntries(names.map((name) => [name, {}])),
      },
    }),
  });
  expect(say(checkLockfile, lock(["node_modules/tool-linux", "node_modules/tool/node_modules/tool-mac"]))).toEqual([]);
  expect(say(checkLockfile, lock(["node_modules/tool-linux"]))).toEqual([
    "package-lock.json  node_modules/tool may need tool-mac, which is not locked  [lockfile]",
  ]);
});
