import type { Command } from "./command.ts";
import { shells } from "./completion.ts";

/** Every command, in the order in which the help shows them. */
export const commands: Readonly<Record<string, Command>> = {
  serve: {
    usage: "serve",
    summary: "accept, keep and finish uploads",
    examples: [
      ["hawser serve", "on this computer only, bytes in ./data"],
      ["hawser serve --data /srv/hawser --port 9000", "elsewhere"],
    ],
    options: [
      "port",
      "host",
      "data",
      "maxSize",
      "expiry",
      "tombstone",
      "minFree",
      "allowHost",
      "allowOrigin",
      "idleTimeout",
      "minRate",
      "grace",
      "web",
      "logLevel",
    ],
    load: () => import("./commands/serve.ts"),
  },
  push: {
    usage: "push PATH…",
    summary: "send files and folders; the same command again goes on where it stopped",
    details: [
      "A folder stands for everything in it, hidden files too; links in it are left",
      "out. Each of its files keeps the way to it as metadata. A single - stands for",
      "standard input.",
      "",
      "What was interrupted goes on by itself when the file is certainly the same:",
      "this computer's journal knows it by path, size and time, or the server has a",
      "part of a file with the same content. When only name and size agree you are",
      "asked, and where nobody can be asked it is sent from the start.",
      "",
      "While it runs: space or p pauses and goes on, q stops. What arrived stays.",
    ].join("\n"),
    examples: [
      ["hawser push holiday.mov", "one file"],
      ["hawser push photos/ holiday.mov", "a folder and a file"],
      ["pg_dump shop | hawser push - --name shop.sql", "another program's output"],
      ["hawser push --yes photos/", "in scripts: go on unasked"],
      ["hawser push --json photos/ | jq .event", "for programs"],
    ],
    completes: "files",
    options: ["server", "yes", "anew", "name", "skipHidden", "lanes", "active", "giveUp", "journal", "json", "quiet"],
    load: () => import("./commands/push.ts"),
  },
  resume: {
    usage: "resume",
    summary: "go on with everything that was interrupted",
    details: [
      "Whatever pushes from this computer did not finish goes on, and what cannot be",
      "opened any more is listed. A file that was edited meanwhile is told, never",
      "mixed.",
    ].join("\n"),
    examples: [
      ["hawser resume", "after a crash, or when the line is back"],
      ["hawser resume --forget", "and owe no longer what is not there any more"],
    ],
    options: ["server", "forget", "lanes", "active", "giveUp", "journal", "json", "quiet"],
    load: () => import("./commands/resume.ts"),
  },
  pull: {
    usage: "pull ID",
    summary: "download a file and prove that it is whole",
    examples: [
      ["hawser pull ID", "under its own name, in this folder"],
      ["hawser pull ID -o - | tar x", "into another program"],
    ],
    options: ["server", "output", "force", "sha256", "giveUp", "json", "quiet"],
    load: () => import("./commands/pull.ts"),
  },
  list: {
    usage: "list",
    summary: "show the files on the server",
    options: ["server", "json"],
    load: () => import("./commands/list.ts"),
  },
  status: {
    usage: "status ID",
    summary: "show where an upload stands",
    options: ["server", "json"],
    load: () => import("./commands/status.ts"),
  },
  cancel: {
    usage: "cancel ID",
    summary: "end an unfinished upload",
    options: ["server", "journal", "json", "quiet"],
    load: () => import("./commands/cancel.ts"),
  },
  verify: {
    usage: "verify ID",
    summary: "have stored bytes read again and compared",
    options: ["server", "json", "quiet"],
    load: () => import("./commands/verify.ts"),
  },
  completion: {
    usage: "completion SHELL",
    summary: "print what makes bash, zsh or fish complete these commands",
    examples: [
      ["source <(hawser completion bash)", "in ~/.bashrc"],
      ["source <(hawser completion zsh)", "in ~/.zshrc, below compinit"],
      ["hawser completion fish > ~/.config/fish/completions/hawser.fish", "once"],
    ],
    completes: shells,
    options: [],
    load: () => import("./commands/completion.ts"),
  },
};
