import { homedir } from "node:os";
import { join } from "node:path";
import { limits } from "@hawser/protocol";
import { parseDuration, parseInteger, parseServer, parseSize, UsageError } from "./values.ts";

/** One option: its flag, its environment variable and its line of help come from here alone. */
export interface OptionSpec {
  readonly flag: string;
  /** Absent: the option exists as a flag only, since it makes sense for one call only. */
  readonly env?: string;
  readonly short?: string;
  /** What stands for the value in the help; absent for a switch. */
  readonly placeholder?: string;
  readonly help: string;
  /** Used when neither flag nor variable is given, in the form a person would write. */
  readonly fallback?: string;
  readonly parse: (text: string) => unknown;
  /** The only values that there are, for shells to offer. */
  readonly choices?: readonly string[];
  /** May be given several times; in the environment separated by commas. */
  readonly many?: boolean;
}

const asText = (text: string): string => {
  if (text === "") throw new UsageError("a value is missing.");
  return text;
};
const asSwitch = (text: string): boolean => {
  if (/^(1|true|yes|on)$/i.test(text)) return true;
  if (/^(0|false|no|off|)$/i.test(text)) return false;
  throw new UsageError(`"${text}" is neither 1 nor 0.`);
};
const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];
const asLogLevel = (text: string): LogLevel => {
  const level = logLevels.find((known) => known === text);
  if (level === undefined) throw new UsageError(`"${text}" is not one of ${logLevels.join(", ")}.`);
  return level;
};
const many =
  <T>(parse: (text: string) => T) =>
  (text: string) =>
    text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "")
      .map(parse);

/** Every option of every command, once. */
export const optionTable = {
  port: {
    flag: "port",
    env: "HAWSER_PORT",
    short: "p",
    placeholder: "N",
    help: "port to listen on; 0 takes a free one",
    fallback: "8080",
    parse: parseInteger(0, 65_535),
  },
  host: {
    flag: "host",
    env: "HAWSER_HOST",
    placeholder: "ADDRESS",
    help: "address to listen on",
    fallback: "127.0.0.1",
    parse: asText,
  },
  data: {
    flag: "data",
    env: "HAWSER_DATA",
    short: "d",
    placeholder: "DIR",
    help: "folder that keeps bytes and ledger",
    fallback: "./data",
    parse: asText,
  },
  maxSize: {
    flag: "max-size",
    env: "HAWSER_MAX_SIZE",
    placeholder: "SIZE",
    help: "largest file taken; no limit unless given",
    parse: parseSize,
  },
  expiry: {
    flag: "expiry",
    env: "HAWSER_EXPIRY",
    placeholder: "TIME",
    help: "idle time after which an upload expires",
    fallback: "7d",
    parse: parseDuration,
  },
  tombstone: {
    flag: "tombstone",
    env: "HAWSER_TOMBSTONE",
    placeholder: "TIME",
    help: "how long an ended upload is remembered",
    fallback: "30d",
    parse: parseDuration,
  },
  minFree: {
    flag: "min-free",
    env: "HAWSER_MIN_FREE",
    placeholder: "SIZE",
    help: "free space below which nothing new is taken",
    parse: parseSize,
  },
  allowHost: {
    flag: "allow-host",
    env: "HAWSER_ALLOW_HOST",
    placeholder: "NAME",
    help: "host name to answer for; may be repeated",
    parse: many(asText),
    many: true,
  },
  allowOrigin: {
    flag: "allow-origin",
    env: "HAWSER_ALLOW_ORIGIN",
    placeholder: "ORIGIN",
    help: "web origin that may send; may be repeated",
    parse: many(asText),
    many: true,
  },
  idleTimeout: {
    flag: "idle-timeout",
    env: "HAWSER_IDLE_TIMEOUT",
    placeholder: "TIME",
    help: "silence after which a request is ended",
    parse: parseDuration,
  },
  minRate: {
    flag: "min-rate",
    env: "HAWSER_MIN_RATE",
    placeholder: "SIZE",
    help: "bytes a second below which a body is too slow",
    parse: parseSize,
  },
  grace: {
    flag: "grace",
    env: "HAWSER_GRACE",
    placeholder: "TIME",
    help: "time for running requests when the server stops",
    parse: parseDuration,
  },
  logLevel: {
    flag: "log-level",
    env: "HAWSER_LOG_LEVEL",
    placeholder: "LEVEL",
    help: "least level logged on stderr, or silent",
    fallback: "warn",
    choices: logLevels,
    parse: asLogLevel,
  },
  web: {
    flag: "web",
    env: "HAWSER_WEB",
    placeholder: "DIR",
    help: "folder of the web app, if not the built-in one",
    parse: asText,
  },
  server: {
    flag: "server",
    env: "HAWSER_SERVER",
    short: "s",
    placeholder: "URL",
    help: "the server's address",
    fallback: "http://127.0.0.1:8080",
    parse: parseServer,
  },
  journal: {
    flag: "journal",
    env: "HAWSER_JOURNAL",
    placeholder: "DIR",
    help: "folder that remembers unfinished uploads",
    fallback: "$XDG_STATE_HOME/hawser",
    parse: (text) =>
      text.replace(/^\$XDG_STATE_HOME/, () => process.env.XDG_STATE_HOME || join(homedir(), ".local", "state")),
  },
  lanes: {
    flag: "lanes",
    env: "HAWSER_LANES",
    placeholder: "N",
    help: "requests at once for one file",
    fallback: "4",
    parse: parseInteger(1, limits.maxLanes),
  },
  active: {
    flag: "active",
    env: "HAWSER_ACTIVE",
    placeholder: "N",
    help: "files on their way at once",
    fallback: "3",
    parse: parseInteger(1, 100),
  },
  name: {
    flag: "name",
    placeholder: "NAME",
    help: "what standard input is called on the server",
    parse: asText,
  },
  yes: { flag: "yes", short: "y", help: "go on with an earlier upload, unasked", parse: asSwitch },
  anew: { flag: "anew", help: "send from the start, whatever was left before", parse: asSwitch },
  skipHidden: {
    flag: "skip-hidden",
    env: "HAWSER_SKIP_HIDDEN",
    help: "leave out what is hidden in folders",
    parse: asSwitch,
  },
  forget: { flag: "forget", help: "owe no longer what cannot be opened any more", parse: asSwitch },
  giveUp: {
    flag: "give-up",
    env: "HAWSER_GIVE_UP",
    placeholder: "TIME",
    help: "time without progress after which it stops",
    fallback: "10m",
    parse: parseDuration,
  },
  output: {
    flag: "output",
    short: "o",
    placeholder: "PATH",
    help: "file or folder to write to; - is stdout",
    parse: asText,
  },
  force: { flag: "force", short: "f", help: "replace a file that is there", parse: asSwitch },
  sha256: { flag: "sha256", help: "print the plain SHA-256 of the whole file too", parse: asSwitch },
  json: { flag: "json", env: "HAWSER_JSON", help: "one JSON object a line on stdout", parse: asSwitch },
  quiet: { flag: "quiet", env: "HAWSER_QUIET", short: "q", help: "print failures only", parse: asSwitch },
} as const satisfies Record<string, OptionSpec>;

type Table = typeof optionTable;
export type OptionName = keyof Table;

/** The value of every option; undefined where nobody gave one and the table has no fallback. */
export type OptionValues = {
  readonly [K in OptionName]:
    | ReturnType<Table[K]["parse"]>
    | (Table[K] extends { fallback: string } ? never : undefined);
};
