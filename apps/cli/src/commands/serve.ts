import { once } from "node:events";
import { resolve } from "node:path";
import { setFlagsFromString } from "node:v8";
import { HawserError } from "@hawser/protocol";
import type { RunningServer, ServerOptions } from "@hawser/server";
import { type CommandInput, exitCodes } from "../command.ts";
import { type OptionValues, optionTable } from "../options.ts";
import { RefusedError } from "../values.ts";
import { findWebApp } from "../web-app.ts";
import { refusePositionals } from "./ask.ts";

/** Runs the server until it is told to stop. */
export async function run(input: CommandInput): Promise<number> {
  refusePositionals(input);
  const { values, output, signal } = input;
  const options = serverOptions(values);
  tuneCollection();
  const server = await start(options);
  const target = server.url === optionTable.server.fallback ? "" : ` --server ${server.url}`;
  output.result(
    [
      `Hawser listening on ${server.url}`,
      `  Send a file   npx hawser push FILE${target}`,
      `  Look          ${server.url}/`,
      `  Kept in       ${options.dataDir}`,
      "  Stop          Ctrl+C",
    ].join("\n"),
  );
  if (!signal.aborted) await once(signal, "abort");
  output.note("Stopping. Requests on their way get time to end; Ctrl+C again stops at once.");
  await server.close();
  return exitCodes.done;
}

/**
 * Every piece read from a socket is memory outside the heap. V8 counts it apart and answers each 64 MiB with a full
 * collection, fourteen for a GiB; counted together with the heap, cheap young collections free it in time. And the
 * space for young objects stays as it is: grown, it would only let more of those pieces wait to be freed. See
 * docs/decisions/0007-garbage-collection.md.
 */
function tuneCollection(): void {
  setFlagsFromString("--external-memory-accounted-in-global-limit");
  setFlagsFromString("--semi-space-growth-factor=1");
}

/** What was given on the command line; everything else is left to the server's own defaults. */
function serverOptions(values: OptionValues): ServerOptions {
  const { maxSize, minFree, allowHost, allowOrigin, idleTimeout, minRate, grace } = values;
  const webDir = values.web === undefined ? findWebApp() : resolve(values.web);
  return {
    dataDir: resolve(values.data),
    host: values.host,
    port: values.port,
    expiryMs: values.expiry,
    tombstoneMs: values.tombstone,
    log: values.logLevel,
    ...(maxSize === undefined ? {} : { maxSizeBytes: maxSize }),
    ...(minFree === undefined ? {} : { minFreeBytes: minFree }),
    ...(allowHost === undefined ? {} : { allowedHosts: allowHost }),
    ...(allowOrigin === undefined ? {} : { allowedOrigins: allowOrigin }),
    ...(idleTimeout === undefined ? {} : { idleTimeoutMs: idleTimeout }),
    ...(minRate === undefined ? {} : { minBytesPerSecond: minRate }),
    ...(grace === undefined ? {} : { shutdownGraceMs: grace }),
    ...(webDir === undefined ? {} : { webDir }),
  };
}

async function start(options: ServerOptions): Promise<RunningServer> {
  const { startServer } = await import("@hawser/server");
  try {
    return await startServer(options);
  } catch (error) {
    const { code, syscall } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    if (!(error instanceof HawserError)) throw error;
    const { host, port } = options;
    const reasons: Readonly<Record<string, string>> = {
      EADDRINUSE: `Port ${port} on ${host} is taken by another program. Choose another one with --port.`,
      EADDRNOTAVAIL: `This computer has no address ${host}. Choose another one with --host.`,
      EACCES: `Port ${port} may not be used by this user. Choose one above 1023 with --port.`,
    };
    const reason = syscall === "listen" ? reasons[code ?? ""] : undefined;
    throw new RefusedError(reason ?? error.message, { cause: error });
  }
}
