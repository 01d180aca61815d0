// Runs the repository's commands on the repository's own Node. Plain JavaScript without dependencies, because it
// has to start on whatever Node the machine has, before anything is installed.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const inRoot = (...parts) => join(root, ...parts);
const fromSource = "--conditions=@hawser/source";
const vitest = [fromSource, inRoot("node_modules", "vitest", "vitest.mjs"), "run"];
const oldestNode = [24, 19];
const defaultTortureMinutes = "10";

/** Each command as the arguments of Node; `args` are those that the person gave. */
const commands = {
  start: (args) => [fromSource, inRoot("apps", "cli", "src", "main.ts"), "serve", ...args],
  check: (args) => [fromSource, inRoot("scripts", "check.ts"), ...args],
  test: (args) => [...vitest, ...args],
  torture: (args) => [...vitest, "--config", inRoot("vitest.torture.config.ts"), ...withoutMinutes(args)],
  bench: (args) => [fromSource, inRoot("bench", "run.ts"), ...args],
  build: (args) => [inRoot("node_modules", "typescript", "bin", "tsc"), "--build", "tsconfig.build.json", ...args],
  format: (args) => [inRoot("node_modules", "@biomejs", "biome", "bin", "biome"), "check", "--write", ...args],
  requirements: (args) => [fromSource, inRoot("scripts", "requirements.ts"), ...args],
};

const buildWebApp = [fromSource, inRoot("apps", "web", "build.ts")];

/** What has to have run before; each as the arguments of Node. It costs a moment where nothing changed. */
const before = {
  start: [buildWebApp],
  build: [[...buildWebApp, "--into", inRoot("apps", "cli", "dist", "web")]],
};

/** Takes `--minutes N` or `--minutes=N` out of the arguments; the tests read it from the environment. */
function withoutMinutes(args) {
  const at = args.findIndex((arg) => arg === "--minutes" || arg.startsWith("--minutes="));
  const given = at < 0 ? [] : args.splice(at, args[at] === "--minutes" ? 2 : 1);
  const minutes = given.length === 0 ? defaultTortureMinutes : given.join("=").slice("--minutes=".length);
  if (!(Number(minutes) > 0)) fail(`--minutes wants a number above 0, not "${minutes}".`);
  process.env.HAWSER_TORTURE_MINUTES = minutes;
  return args;
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** Installs what package-lock.json names, unless the stamp says that it is there already. */
function install() {
  const lock = inRoot("package-lock.json");
  const stamp = inRoot("node_modules", ".hawser-stamp");
  const locked = existsSync(lock);
  const wanted = locked ? createHash("sha256").update(readFileSync(lock)).digest("hex") : "no lockfile";
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;

  console.error("Installing what is missing (npm). This happens once.");
  const args = [locked ? "ci" : "install", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  const cli = process.env.npm_execpath;
  const [command, ...first] = cli?.endsWith("npm-cli.js") ? [process.execPath, cli] : ["npm"];
  const { status, error } = spawnSync(command, [...first, ...args], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    shell: command === "npm" && process.platform === "win32",
  });
  if (status !== 0) fail(`npm ${args[0]} failed${error ? `: ${error.message}` : ""}.`);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

/** The repository's own Node, else the machine's when that is new enough. */
function findNode() {
  const own =
    process.platform === "win32" ? inRoot("node_modules", "node", "bin", "node.exe") : inRoot("node_modules/.bin/node");
  if (spawnSync(own, ["--version"]).status === 0) return own;
  const [major, minor] = process.versions.node.split(".").map(Number);
  const [oldestMajor, oldestMinor] = oldestNode;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return process.execPath;
  return fail(
    `The npm package "node" has no Node for this platform, and this machine's Node ${process.versions.node} is ` +
      `older than ${oldestNode.join(".")}: install a newer Node.`,
  );
}

/** Runs Node with this terminal, passes signals on, and ends as it ends. */
function run(node, args) {
  const child = spawn(node, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PATH: [inRoot("node_modules", ".bin"), dirname(node), process.env.PATH].join(delimiter) },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // Ctrl-C in a terminal reaches the whole process group by itself; a second one would mean "at once".
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  if (process.env.npm_lifecycle_event !== undefined) endWithParent(child);
  child.on("error", (error) => fail(`Node did not start: ${error.message}.`));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

/** npm passes SIGTERM to its shell alone, which dies without passing it on: then nobody is left to end this. */
function endWithParent(child) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill("SIGTERM");
  }, 250);
  watch.unref();
}

const [name, ...args] = process.argv.slice(2);
if (name === undefined || !Object.hasOwn(commands, name)) {
  fail(`Usage: node scripts/run.mjs ${Object.keys(commands).join("|")} [options]`);
}
const nodeArguments = commands[name](args);
install();
const node = findNode();
for (const args of before[name] ?? []) {
  const { status } = spawnSync(node, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) fail("The web app could not be built.");
}
run(node, nodeArguments);
