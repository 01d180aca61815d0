// Many watchers in one process: each has a connection of its own, and notes what it was told when. That is read only
// when all is over, since the process shares its cores with the server.
import type { LiveMessage, Subject, TicketResponse } from "@hawser/protocol";
import { type Arrival, serveJobs, type WatchersJob } from "./job.ts";

let sockets: readonly WebSocket[] = [];
let heard: { readonly watcher: number; readonly atMs: number; readonly text: string }[] = [];

serveJobs<"watchers">(async (job: WatchersJob) => {
  if (job.kind === "open") {
    const { port, subjects } = job;
    sockets = await Promise.all(subjects.map((subject, watcher) => open(port, subject, watcher)));
    return [];
  }
  for (const socket of sockets) socket.close();
  const arrivals = heard.flatMap(({ watcher, atMs, text }) => read(watcher, atMs, JSON.parse(text)));
  heard = [];
  return arrivals;
});

function read(watcher: number, atMs: number, message: LiveMessage): Arrival[] {
  if (message.type !== "events") return [];
  return message.events.flatMap((event) => {
    if (event.type !== "chunk_uploaded") return [];
    return event.ranges.map(([first, last]): Arrival => [watcher, event.id, first, last, atMs]);
  });
}

/** Resolves when the watcher has been told how things stand. */
async function open(port: number, subject: Subject, watcher: number): Promise<WebSocket> {
  const address = `127.0.0.1:${port}`;
  const answer = await fetch(`http://${address}/live/tickets`, { method: "POST" });
  const { ticket } = (await answer.json()) as TicketResponse;
  const socket = new WebSocket(`ws://${address}/live?ticket=${encodeURIComponent(ticket)}`);
  const shown = Promise.withResolvers<void>();
  socket.onopen = () => socket.send(JSON.stringify({ type: "subscribe", subject }));
  socket.onerror = () => shown.reject(new Error("A watcher could not connect."));
  socket.onmessage = ({ data }) => {
    const atMs = performance.timeOrigin + performance.now();
    const text = `${data}`;
    heard.push({ watcher, atMs, text });
    // How things stand is told first, and before anything is sent that is measured.
    shown.resolve();
  };
  await shown.promise;
  return socket;
}
