// The peer: the tus project's own Node server with its file store, as its documentation sets it up. It neither hashes
// nor syncs what it receives.
import type { AddressInfo } from "node:net";
import { FileStore } from "@tus/file-store";
import { Server } from "@tus/server";

const directory = process.argv[2] ?? ".";
const tus = new Server({ path: "/files", datastore: new FileStore({ directory }) });
const listener = tus.listen(0, "127.0.0.1", () => {
  console.log(`Peer listening on http://127.0.0.1:${(listener.address() as AddressInfo).port}`);
});
process.on("SIGTERM", () => process.exit(0));
