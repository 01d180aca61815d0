import { createHandler } from "@hawser/server";
import createFastify from "fastify";

/** Hawser below `/hawser` of a Fastify app. */
export async function start(dataDir: string, port: number) {
  const hawser = await createHandler({ dataDir, basePath: "/hawser" });
  const fastify = createFastify({ forceCloseConnections: true });
  // Before Fastify reads the body; what lies below `/hawser` is answered there and goes no further.
  fastify.addHook("onRequest", (request, reply, done) => {
    hawser.handle(request.raw, reply.raw, done);
  });
  // For those who watch uploads over a WebSocket.
  fastify.server.on("upgrade", hawser.handleUpgrade);
  fastify.get("/", async () => "The app's own page.");

  const url = await fastify.listen({ port, host: "127.0.0.1" });
  return {
    url,
    close: async () => {
      await hawser.close();
      await fastify.close();
    },
  };
}

if (import.meta.main) console.log((await start("./data", 8080)).url);
