import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createHandler } from "@hawser/server";
import express from "express";

/** Hawser below `/hawser` of an Express app. */
export async function start(dataDir: string, port: number) {
  const hawser = await createHandler({ dataDir, basePath: "/hawser" });
  const app = express();
  // Before anything that reads bodies.
  app.use(hawser.handle);
  app.use(express.json());
  app.get("/", (_request, response) => void response.send("The app's own page."));

  const server = app.listen(port, "127.0.0.1");
  // A body may take as long as it keeps coming.
  server.requestTimeout = 0;
  // For those who watch uploads over a WebSocket.
  server.on("upgrade", hawser.handleUpgrade);
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      await hawser.close();
      server.closeAllConnections();
    },
  };
}

if (import.meta.main) console.log((await start("./data", 8080)).url);
