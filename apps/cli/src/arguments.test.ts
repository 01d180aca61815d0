import { expect, test } from "vitest";
import { describeOptions, readArguments } from "./arguments.ts";
import { type OptionName, optionTable } from "./options.ts";
import { UsageError } from "./values.ts";

test("[S2] a flag goes before its variable, the variable before the fallback", () => {
  const port = (args: string[], environment = {}) => readArguments(args, ["port"], environment).values.port;
  expect(port([])).toBe(8080);
  expect(port([], { HAWSER_PORT: "9000" })).toBe(9000);
  expect(port(["--port", "0"], { HAWSER_PORT: "9000" })).toBe(0);
  expect(port([], { HAWSER_PORT: "" })).toBe(8080);
});

test("[S2] options that may be repeated gather, from flags and from the environment", () => {
  const hosts = (args: string[], environment = {}) => readArguments(args, ["allowHost"], environment).values.allowHost;
  expect(hosts(["--allow-host", "a.example", "--allow-host=b.example"])).toEqual(["a.example", "b.example"]);
  expect(hosts([], { HAWSER_ALLOW_HOST: "a.example, b.example" })).toEqual(["a.example", "b.example"]);
  expect(hosts([])).toBeUndefined();
});

test("[S15] what cannot be understood is named", () => {
  expect(() => readArguments(["--prot", "1"], ["port"], {})).toThrow(UsageError);
  expect(() => readArguments(["--port", "x"], ["port"], {})).toThrow("--port:");
  expect(() => readArguments([], ["port"], { HAWSER_PORT: "x" })).toThrow("HAWSER_PORT:");
  expect(readArguments(["--help", "--port", "x"], ["port"], {}).help).toBe(true);
});

test("[S15] every option stands in the help with its variable and fallback; no flag or variable twice", () => {
  const names = Object.keys(optionTable) as OptionName[];
  const help = describeOptions(names);
  const specs = Object.values(optionTable) as { flag: string; env?: string; fallback?: string }[];
  for (const { flag, env = "", fallback = "" } of specs) {
    expect(help).toContain(`--${flag}`);
    expect(help).toContain(env);
    expect(help).toContain(fallback);
  }
  expect(Math.max(...help.split("\n").map((line) => line.length))).toBeLessThan(80);
  expect(new Set(specs.map(({ flag }) => flag)).size).toBe(specs.length);
  const variables = specs.flatMap(({ env }) => (env === undefined ? [] : [env]));
  expect(new Set(variables).size).toBe(variables.length);
});
