import { type Expression, parseSync, type TemplateLiteral, Visitor } from "oxc-parser";

/** What the checks want to know of one source file. Lines count from 1. */
export interface Source {
  readonly imports: readonly Located<string>[];
  /** Plain strings of the file, import specifiers left out. */
  readonly strings: readonly Located<string>[];
  /** Ambient names that the file reads, as written: `Date.now`, `process`. */
  readonly globals: readonly Located<string>[];
  readonly tests: readonly Test[];
}

interface Located<T> {
  readonly value: T;
  readonly line: number;
}

interface Test {
  readonly line: number;
  /** The titles of the suites around it and its own, joined by ` > `; undefined when its own is computed elsewhere. */
  readonly title: string | undefined;
  /** `skip`, `only`, `each`, … on the test or on a suite around it. */
  readonly modifiers: readonly string[];
}

const ambient = new Set(["Date", "Math", "performance", "process", "setTimeout", "setInterval", "crypto"]);
const harmlessMembers = new Set(["Date.parse", "Date.UTC"]);
const factories = new Set(["each", "for", "extend", "skipIf", "runIf"]);

export function parseSource(path: string, text: string): Source {
  const { program, module, errors } = parseSync(path, text);
  if (errors.length > 0) throw new SyntaxError(`${path}: ${errors[0]?.message}`);
  const lineAt = countLines(text);
  const located = <T>(value: T, offset: number): Located<T> => ({ value, line: lineAt(offset) });

  const specifiers = [
    ...module.staticImports.map((entry) => entry.moduleRequest),
    ...module.staticExports.flatMap((entry) => entry.entries.flatMap(({ moduleRequest }) => moduleRequest ?? [])),
    ...module.dynamicImports.map((entry) => entry.moduleRequest),
  ];
  const imports = new Map<number, Located<string>>();
  for (const { start, end } of specifiers) {
    imports.set(start, located(text.slice(start, end).replace(/^["'`]|["'`]$/g, ""), start));
  }

  const strings: Located<string>[] = [];
  const globals: Located<string>[] = [];
  new Visitor({
    Literal(node) {
      if (typeof node.value === "string" && !imports.has(node.start)) strings.push(located(node.value, node.start));
    },
    TemplateElement(node) {
      strings.push(located(node.value.raw, node.start));
    },
    MemberExpression(node) {
      if (node.object.type !== "Identifier" || !ambient.has(node.object.name)) return;
      const name = node.property.type === "Identifier" ? `${node.object.name}.${node.property.name}` : node.object.name;
      if (!harmlessMembers.has(name) && !/^Math\.(?!random)/.test(name)) globals.push(located(name, node.start));
    },
    CallExpression(node) {
      if (node.callee.type === "Identifier" && ambient.has(node.callee.name)) {
        globals.push(located(node.callee.name, node.start));
      }
    },
    NewExpression(node) {
      if (node.callee.type === "Identifier" && node.callee.name === "Date" && node.arguments.length === 0) {
        globals.push(located("new Date()", node.start));
      }
    },
  }).visit(program);

  const usesVitest = [...imports.values()].some(({ value }) => value === "vitest");
  return { imports: [...imports.values()], strings, globals, tests: usesVitest ? findTests(program, lineAt) : [] };
}

function findTests(program: Parameters<Visitor["visit"]>[0], lineAt: (offset: number) => number): Test[] {
  const tests: Test[] = [];
  const suites: { readonly call: object; readonly title: string; readonly modifiers: readonly string[] }[] = [];
  const testNames = new Set(["test", "it"]);
  new Visitor({
    VariableDeclarator(node) {
      const made = node.init?.type === "CallExpression" ? readCallee(node.init.callee) : undefined;
      if (made && testNames.has(made.name) && made.modifiers.includes("extend") && node.id.type === "Identifier") {
        testNames.add(node.id.name);
      }
    },
    CallExpression(node) {
      const callee = readCallee(node.callee);
      if (callee === undefined || callee.isFactory) return;
      const title = readTitle(node.arguments[0] as Expression | undefined);
      if (callee.name === "describe") suites.push({ call: node, title: title ?? "", modifiers: callee.modifiers });
      else if (testNames.has(callee.name)) {
        const titles = suites.map((suite) => suite.title).filter(Boolean);
        tests.push({
          line: lineAt(node.start),
          title: title === undefined ? undefined : [...titles, title].join(" > "),
          modifiers: [...suites.flatMap((suite) => suite.modifiers), ...callee.modifiers],
        });
      }
    },
    "CallExpression:exit"(node) {
      if (suites.at(-1)?.call === node) suites.pop();
    },
  }).visit(program);
  return tests;
}

interface Callee {
  readonly name: string;
  readonly modifiers: readonly string[];
  /** `test.each(rows)`: gives a test function and takes no title. */
  readonly isFactory: boolean;
}

/** Reads `test`, `test.only`, `test.each(rows)`, and what hangs on them. */
function readCallee(node: Expression): Callee | undefined {
  if (node.type === "Identifier") return { name: node.name, modifiers: [], isFactory: false };
  if (node.type === "MemberExpression" && node.property.type === "Identifier") {
    const inner = readCallee(node.object);
    const modifier = node.property.name;
    return inner && { ...inner, modifiers: [...inner.modifiers, modifier], isFactory: factories.has(modifier) };
  }
  const made = node.type === "CallExpression" ? node.callee : node.type === "TaggedTemplateExpression" && node.tag;
  const inner = made ? readCallee(made) : undefined;
  return inner && { ...inner, isFactory: false };
}

function readTitle(node: Expression | undefined): string | undefined {
  if (node?.type === "Literal" && typeof node.value === "string") return node.value;
  return node?.type === "TemplateLiteral" ? joinTemplate(node) : undefined;
}

function joinTemplate(node: TemplateLiteral): string {
  return node.quasis.map((part) => part.value.cooked ?? part.value.raw).join("…");
}

function countLines(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    const after = starts.findIndex((start) => start > offset);
    return after < 0 ? starts.length : after;
  };
}
