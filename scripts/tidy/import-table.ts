import { posix } from "node:path";
import { isTest, type Project } from "../project.ts";
import type { Finding } from "./finding.ts";

interface Room {
  readonly name: string;
  /** Path prefix of its files; the first room of the table that fits has them. */
  readonly folder: string;
  /** Other rooms and workspace packages that it may import. */
  readonly rooms: readonly string[];
  /** Built-in modules that it may import; absent: all. */
  readonly builtins?: readonly string[];
  /** Packages from outside; absent: those that its package.json names. */
  readonly packages?: readonly string[];
  /** Decides by arguments alone: ambient time, randomness, timers and process state are refused. */
  readonly pure?: boolean;
}

const server = "packages/server/src";
const none: readonly string[] = [];

/** Who may import whom. A room may always import itself. */
const rooms: readonly Room[] = [
  {
    name: "protocol",
    folder: "packages/protocol/src/",
    rooms: none,
    builtins: none,
    packages: ["typebox"],
    pure: true,
  },
  { name: "ports", folder: `${server}/ports/`, rooms: ["protocol"], builtins: none, packages: none },
  {
    name: "domain",
    folder: `${server}/domain/`,
    rooms: ["ports", "protocol"],
    builtins: none,
    packages: ["typebox"],
    pure: true,
  },
  {
    name: "bytes",
    folder: `${server}/bytes/`,
    rooms: ["ports", "protocol"],
    builtins: ["node:crypto", "node:buffer"],
    packages: none,
  },
  { name: "adapters", folder: `${server}/adapters/`, rooms: ["ports", "protocol"] },
  { name: "http", folder: `${server}/http/`, rooms: ["ports", "domain", "protocol"] },
  { name: "threads", folder: `${server}/threads/`, rooms: ["ports", "protocol"], builtins: ["node:worker_threads"] },
  {
    name: "embedded",
    folder: `${server}/embedded/`,
    rooms: ["ports", "domain", "bytes", "adapters", "http", "threads", "protocol"],
  },
  {
    name: "server",
    folder: `${server}/index.ts`,
    rooms: ["ports", "domain", "adapters", "http", "embedded", "protocol"],
  },
  { name: "client", folder: "packages/client/src/", rooms: ["protocol"] },
  { name: "react", folder: "packages/react/src/", rooms: ["client", "protocol"] },
  { name: "cli", folder: "apps/cli/", rooms: ["protocol", "server", "client"] },
  { name: "web", folder: "apps/web/src/", rooms: ["protocol", "client", "react"], builtins: none },
  { name: "web build", folder: "apps/web/", rooms: ["web"] },
  { name: "examples", folder: "examples/", rooms: ["server", "client", "react"] },
  { name: "bench", folder: "bench/", rooms: ["protocol", "server", "client", "client testing"] },
  { name: "conformance", folder: "conformance/", rooms: ["protocol"] },
  { name: "scripts", folder: "scripts/", rooms: ["protocol"] },
];

const workspacePackages: Readonly<Record<string, string>> = {
  "@hawser/protocol": "protocol",
  "@hawser/server": "server",
  "@hawser/client": "client",
  "@hawser/client/live": "client",
  "@hawser/react": "react",
  "@hawser/react/german": "react",
  "@hawser/react/styles.css": "react",
  // In no room's list: for tests alone.
  "@hawser/client/testing": "client testing",
};

/** Checks every import against the table of rooms. */
export function checkImports(project: Project): Finding[] {
  const findings: Finding[] = [];
  for (const [path, source] of project.sources) {
    const refuse = (line: number, message: string) => findings.push({ rule: "imports", path, line, message });
    const room = roomOf(path);
    if (room === undefined && /^(?:packages|apps)\/[^/]+\/src\//.test(path)) {
      refuse(1, "lies in no room: scripts/tidy/import-table.ts has to know it");
    }
    for (const { value, line } of source.imports) {
      const reason = isTest(path) ? refusalInTest(path, value) : room && refusal(path, room, value);
      if (reason !== undefined) refuse(line, `imports ${value}: ${reason}`);
    }
    if (room?.pure && !isTest(path)) {
      for (const { value, line } of source.globals) refuse(line, `reads ${value}: ${room.name} gets it as an argument`);
    }
  }
  return findings;
}

function roomOf(path: string): Room | undefined {
  return rooms.find((room) => path.startsWith(room.folder));
}

function refusal(path: string, room: Room, specifier: string): string | undefined {
  if (specifier.startsWith("node:")) {
    if (specifier === "node:sqlite" && path.startsWith(server) && !path.includes("/adapters/sqlite/")) {
      return "node:sqlite is confined to its adapter";
    }
    return room.builtins?.includes(specifier) === false ? `${room.name} may not use this built-in module` : undefined;
  }
  if (!specifier.startsWith(".")) {
    const workspace = refusalOfPackage(specifier);
    if (workspace !== undefined) return workspace;
    const target = workspacePackages[specifier];
    if (target !== undefined) return room.rooms.includes(target) ? undefined : `${room.name} may not import ${target}`;
    return room.packages?.includes(packageName(specifier)) === false ? `${room.name} takes no such package` : undefined;
  }
  const targetPath = posix.join(posix.dirname(path), specifier);
  const outside = refusalOutside(path, targetPath);
  if (outside !== undefined) return outside;
  if (isTest(targetPath)) return "only tests import tests";
  const target = roomOf(targetPath);
  if (target === undefined) return "it lies in no room";
  if (target === room) return adapterOf(path) === adapterOf(targetPath) ? undefined : "adapters do not know each other";
  return room.rooms.includes(target.name) ? undefined : `${room.name} may not import ${target.name}`;
}

/** Tests may use everything of their own package, and no other package's inside. */
function refusalInTest(path: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return specifier.startsWith("node:") ? undefined : refusalOfPackage(specifier);
  const targetPath = posix.join(posix.dirname(path), specifier);
  const adapter = adapterOf(targetPath);
  const room = roomOf(path);
  if (room && adapter !== undefined && adapter !== "memory" && !["adapters", "embedded"].includes(room.name)) {
    if (adapter !== adapterOf(path)) return `tests beside ${room.name} use the memory adapters only`;
  }
  return refusalOutside(path, targetPath);
}

function refusalOfPackage(specifier: string): string | undefined {
  if (packageName(specifier) === "hawser") return "nothing imports apps";
  const isDeep = specifier.startsWith("@hawser/") && workspacePackages[specifier] === undefined;
  return isDeep ? "deep imports pass a package's exports by" : undefined;
}

function refusalOutside(path: string, targetPath: string): string | undefined {
  const owner = ownerOf(path);
  if (ownerOf(targetPath) === owner) return undefined;
  if (targetPath.startsWith("apps/")) return "nothing imports apps";
  return "other packages are imported by name";
}

function ownerOf(path: string): string {
  return /^(?:(?:packages|apps)\/)?[^/]+/.exec(path)?.[0] ?? "";
}

function adapterOf(path: string): string | undefined {
  return /\/adapters\/([^/]+)\//.exec(path)?.[1];
}

function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
