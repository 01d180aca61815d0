import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { repositoryRoot } from "./project.ts";

/** What is published, in the order of dependency. */
const workspaces = ["packages/protocol", "packages/server", "packages/client", "packages/react", "apps/cli"];
const fileSizeBytes = 5 * 1_048_576 + 12_345;
const startTimeoutMs = 20_000;
const stopTimeoutMs = 20_000;
const commandTimeoutMs = 180_000;

/**
 * Proves what would be published: builds and packs the packages, installs the tarballs in an empty folder, starts
 * the server from there, pushes a file and pulls it back.
 */
async function checkPacks(folder: string): Promise<void> {
  const tarballs = pack(folder);
  for (const tarball of tarballs) runQuietly(bin("publint"), ["run", tarball, "--strict"], folder);
  const consumer = join(folder, "consumer");
  mkdirSync(consumer);
  writeFileSync(join(consumer, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
  npm(["install", "--prefer-offline", ...tarballs], consumer);
  await sendAndFetch(consumer);
}

function bin(name: string): string {
  return join(repositoryRoot, "node_modules", ".bin", name);
}

/** Builds from nothing, so that no file of an earlier build gets into a tarball. */
function pack(folder: string): string[] {
  for (const workspace of workspaces) rmSync(join(repositoryRoot, workspace, "dist"), { recursive: true, force: true });
  runQuietly(bin("tsc"), ["--build", "--force", "tsconfig.build.json"], repositoryRoot);
  const webApp = [join(repositoryRoot, "apps/web/build.ts"), "--into", join(repositoryRoot, "apps/cli/dist/web")];
  runQuietly(process.execPath, ["--conditions=@hawser/source", ...webApp], repositoryRoot);
  const selected = workspaces.flatMap((workspace) => ["--workspace", workspace]);
  const packed = npm(["pack", "--json", "--pack-destination", folder, ...selected], repositoryRoot);
  const entries = Object.values(JSON.parse(packed) as Record<string, { readonly filename: string }>);
  return entries.map(({ filename }) => join(folder, basename(filename)));
}

function npm(args: readonly string[], cwd: string): string {
  const options = ["--no-audit", "--no-fund", "--loglevel=error"];
  const cli = process.env.npm_execpath;
  return cli?.endsWith("npm-cli.js")
    ? runQuietly(process.execPath, [cli, ...args, ...options], cwd)
    : runQuietly("npm", [...args, ...options], cwd);
}

/** The command's standard output; throws with all that it said when it fails. */
function runQuietly(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): string {
  try {
    return execFileSync(command, args, {
      cwd,
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      timeout: commandTimeoutMs,
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error([`${basename(command)} ${args.join(" ")} failed`, stdout, stderr].filter(Boolean).join("\n"));
  }
}

async function sendAndFetch(consumer: string): Promise<void> {
  const hawser = join(consumer, "node_modules", ".bin", "hawser");
  const server = spawn(hawser, ["serve", "--port", "0", "--data", join(consumer, "data")], {
    cwd: consumer,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const address = await addressOf(server);
    if (!(await (await fetch(address)).text()).includes("/assets/")) throw new Error("The web app is not served.");
    const env = { ...process.env, HAWSER_SERVER: address, HAWSER_JOURNAL: join(consumer, "journal") };
    const sent = randomFillSync(Buffer.alloc(fileSizeBytes));
    writeFileSync(join(consumer, "sent.bin"), sent);
    const told = runQuietly(hawser, ["push", "--json", "sent.bin"], consumer, env);
    runQuietly(hawser, ["pull", idIn(told), "--output", "fetched.bin"], consumer, env);
    if (!readFileSync(join(consumer, "fetched.bin")).equals(sent)) throw new Error("The file came back changed.");
  } finally {
    await stop(server);
  }
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const patience = setTimeout(() => server.kill("SIGKILL"), stopTimeoutMs);
  server.kill("SIGTERM");
  await once(server, "exit");
  clearTimeout(patience);
}

/** The address that the server prints once it listens. */
async function addressOf(server: ChildProcess): Promise<string> {
  if (server.stdout === null) throw new Error("The server's output is not piped.");
  const patience = setTimeout(() => server.kill("SIGKILL"), startTimeoutMs);
  try {
    for await (const line of createInterface({ input: server.stdout })) {
      const address = /^Hawser listening on (http:\S+)$/.exec(line)?.[1];
      if (address !== undefined) return address;
    }
  } finally {
    clearTimeout(patience);
  }
  throw new Error("The packed server ended before it listened.");
}

function idIn(lines: string): string {
  const id = /"id":\s*"([0-9a-f]{32})"/.exec(lines)?.[1];
  if (id === undefined) throw new Error(`hawser push --json told no id:\n${lines}`);
  return id;
}

const folder = mkdtempSync(join(tmpdir(), "hawser-packed-"));
try {
  await checkPacks(folder);
} catch (error) {
  console.log((error as Error).message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
