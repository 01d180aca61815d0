/** A server to be killed: serves the folder and port of its arguments, and says when it listens. */
import { startServer } from "@hawser/server";

const [dataDir = "", port = "0"] = process.argv.slice(2);
const server = await startServer({ dataDir, port: Number(port), log: "silent", minFreeBytes: 0 });
console.log(server.port);
