import type { ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { build, defaultClientConditions } from "vite";
import type { OwnPages } from "./way.ts";

const contentTypes: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };

/** Builds the engine's page and serves it below `/stage/`, from the origin of the server that it talks to. */
export async function buildEnginePage(): Promise<OwnPages> {
  const result = await build({
    root: join(import.meta.dirname, "page"),
    base: "/stage/",
    configFile: false,
    logLevel: "warn",
    resolve: { conditions: ["@hawser/source", ...defaultClientConditions] },
    worker: { format: "es" },
    build: { write: false, assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false },
  });
  if (Array.isArray(result) || !("output" in result)) throw new Error("The page was not built.");
  const parts = new Map(
    result.output.map((part) => [`/stage/${part.fileName}`, part.type === "chunk" ? part.code : part.source]),
  );
  return (path: string, response: ServerResponse) => {
    const body = parts.get(path === "/stage/" ? "/stage/index.html" : path);
    if (body === undefined) return false;
    const type = contentTypes[extname(path) || ".html"] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, "cache-control": "no-store" }).end(body);
    return true;
  };
}
