export { createHandler, type Handler, type HandlerOptions } from "./embedded/handler.ts";
export type { ServerOptions } from "./embedded/options.ts";
export { type RunningServer, startServer } from "./embedded/server.ts";
export { type Authenticate, authenticateLocal, type Principal } from "./ports/authenticate.ts";
