import type { Command } from "./command.ts";
import { type OptionSpec, optionTable } from "./options.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

export function isShell(text: string): text is Shell {
  return (shells as readonly string[]).includes(text);
}

type Commands = Readonly<Record<string, Command>>;

/** A script that makes `shell` complete `hawser`, from the tables of commands and options. */
export function completionScript(shell: Shell, commands: Commands): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](commands);
}

const help: OptionSpec = { flag: "help", short: "h", help: "show this", parse: () => true };
const specsOf = ({ options }: Command): OptionSpec[] => [...options.map((name): OptionSpec => optionTable[name]), help];
const flagsOf = ({ flag, short }: OptionSpec): string[] => [`--${flag}`, ...(short === undefined ? [] : [`-${short}`])];

type Values = "folders" | "files" | readonly string[];

/** What an option's value can be, as far as a shell can know; undefined for a switch. */
function valuesOf({ placeholder, choices }: OptionSpec): Values | undefined {
  if (placeholder === undefined) return undefined;
  if (choices !== undefined) return choices;
  return placeholder === "DIR" ? "folders" : placeholder === "PATH" ? "files" : [];
}

function bashScript(commands: Commands): string {
  const generate = (values: Values) => {
    if (values === "folders") return `-d -- "$word"`;
    return values === "files" ? `-f -- "$word"` : `-W "${values.join(" ")}" -- "$word"`;
  };
  const bodies = Object.entries(commands).map(([name, command]) => {
    const specs = specsOf(command);
    const cases = specs.flatMap((spec) => {
      const values = valuesOf(spec);
      if (values === undefined) return [];
      return [`        ${flagsOf(spec).join("|")}) mapfile -t COMPREPLY < <(compgen ${generate(values)}); return ;;`];
    });
    return [
      `    ${name})`,
      ...(cases.length === 0 ? [] : ["      case $before in", ...cases, "      esac"]),
      `      flags="${specs.map(({ flag }) => `--${flag}`).join(" ")}"`,
      `      operands=(${command.completes === undefined ? "" : generate(command.completes)})`,
      "      ;;",
    ].join("\n");
  });
  return `# bash completion for hawser. Put it in ~/.bashrc:  source <(hawser completion bash)
_hawser() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} flags operands
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "${Object.keys(commands).join(" ")} --help --version" -- "$word")
    return
  fi
  case \${COMP_WORDS[1]} in
${bodies.join("\n")}
    *) return ;;
  esac
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$word")
  elif ((\${#operands[@]} > 0)); then
    mapfile -t COMPREPLY < <(compgen "\${operands[@]}")
  fi
}
complete -o filenames -F _hawser hawser
`;
}

function zshScript(commands: Commands): string {
  // In _arguments, a colon ends a part and brackets hold the description.
  const plain = (text: string) => text.replaceAll("'", "’").replaceAll(/[[\]]/g, "").replaceAll(":", "\\:");
  const action = (values: Values) => {
    if (values === "folders") return "_files -/";
    return values === "files" ? "_files" : values.length === 0 ? "" : `(${values.join(" ")})`;
  };
  const bodies = Object.entries(commands).map(([name, command]) => {
    const specs = specsOf(command).flatMap((spec) => {
      const values = valuesOf(spec);
      const value = values === undefined ? "" : `:${spec.placeholder}:${action(values)}`;
      const many = spec.many === true ? "*" : "";
      return flagsOf(spec).map((flag) => `'${many}${flag}[${plain(spec.help)}]${value}'`);
    });
    const { completes } = command;
    const operands =
      completes === undefined ? [] : [`'*:${completes === "files" ? "file" : "word"}:${action(completes)}'`];
    return [
      `    ${name})`,
      "      _arguments \\",
      [...specs, ...operands].map((spec) => `        ${spec}`).join(" \\\n"),
      "      ;;",
    ].join("\n");
  });
  const names = Object.entries(commands).map(([name, { summary }]) => `    '${name}:${plain(summary)}'`);
  return `#compdef hawser
# zsh completion for hawser. Put it in ~/.zshrc, below compinit:  source <(hawser completion zsh)
_hawser() {
  local -a commands
  commands=(
${names.join("\n")}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local name=$words[2]
  shift words
  ((CURRENT--))
  case $name in
${bodies.join("\n")}
  esac
}
compdef _hawser hawser
`;
}

function fishScript(commands: Commands): string {
  const quote = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const value = (values: Values | undefined) => {
    if (values === undefined) return "";
    if (values === "files") return " -r -F";
    return values === "folders" ? " -x -a '(__fish_complete_directories)'" : ` -x -a ${quote(values.join(" "))}`;
  };
  const lines = Object.entries(commands).flatMap(([name, command]) => {
    const seen = `complete -c hawser -n '__fish_seen_subcommand_from ${name}'`;
    const { completes } = command;
    const operands =
      completes === undefined ? [] : [`${seen}${completes === "files" ? " -F" : ` -a ${quote(completes.join(" "))}`}`];
    const options = specsOf(command).map((spec) => {
      const short = spec.short === undefined ? "" : ` -s ${spec.short}`;
      return `${seen} -l ${spec.flag}${short}${value(valuesOf(spec))} -d ${quote(spec.help)}`;
    });
    return [
      `complete -c hawser -n __fish_use_subcommand -a ${name} -d ${quote(command.summary)}`,
      ...operands,
      ...options,
    ];
  });
  return `# fish completion for hawser:  hawser completion fish > ~/.config/fish/completions/hawser.fish
complete -c hawser -f
${lines.join("\n")}
`;
}
