/** A server in its own process: `server-child.ts DATA-FOLDER`. It closes when its standard input ends. */
import { startServer } from "../../src/embedded/server.ts";

const server = await startServer({ dataDir: process.argv[2] as string, port: 0, log: "fatal" });
process.stdin.on("end", () => void server.close()).resume();
process.stdout.write(`Hawser listening on ${server.url}\n`);
