import {
  ChunkFailedEvent,
  ChunkUploadedEvent,
  LiveMessage,
  liveCloses,
  liveLimits,
  NumberedEvent,
  numberedEvents,
  ProgressEvent,
  ResumedEvent,
  WatcherMessage,
} from "@hawser/protocol";
import type { TSchema } from "typebox";

/** Schemas of events that have a name in the document. */
const events: Readonly<Record<string, TSchema>> = {
  NumberedEvent,
  ResumedEvent,
  ChunkUploadedEvent,
  ChunkFailedEvent,
  ProgressEvent,
};
const namesOfEvents = new Map(Object.entries(events).map(([name, schema]) => [schema, name]));

const summaries: Readonly<Record<string, string>> = {
  subscribe: "Tell of a subject from now on; with `after`, tell first what came after that number",
  unsubscribe: "Tell of a subject no more",
  events: "What happened, in its order",
  uploads: "How the uploads of the subject stand: comes with each subscribing, after what was missed",
  refused: "The subject cannot be watched",
  alive: "Nothing happened up to this number",
};

/** What watchers and the server say to each other, as an AsyncAPI 3.0 document, made from the protocol's schemas. */
export function describeLive(): object {
  const fromWatchers = messagesOf(WatcherMessage);
  const fromServer = messagesOf(LiveMessage);
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Hawser live",
      version: "1",
      description:
        "What happens to uploads, while it happens. Changes of state are numbered and none is missed: whoever comes " +
        `back names the last number it has. Numbered: ${numberedEvents.join(", ")}.`,
    },
    defaultContentType: "application/json",
    channels: {
      live: {
        address: "/live",
        title: "A WebSocket",
        description: `Closed with ${describeCloses()}.`,
        messages: { ...references(fromWatchers), ...references(fromServer) },
        bindings: { ws: { query: ticketQuery, bindingVersion: "0.1.0" } },
      },
      uploadEvents: {
        address: "/uploads/{id}/events",
        title: "The same for one upload, as server-sent events",
        description: "`event` is the message's type, `id` its number; ends when the upload's end was told.",
        parameters: { id: { description: "of the upload" } },
        messages: references(fromServer),
        bindings: { http: { bindingVersion: "0.3.0" } },
      },
    },
    operations: {
      watch: operation("receive", "live", fromWatchers),
      tell: operation("send", "live", fromServer),
      stream: operation("send", "uploadEvents", fromServer),
    },
    components: { messages: { ...fromWatchers, ...fromServer }, schemas: events },
  };
}

const ticketQuery = {
  type: "object",
  required: ["ticket"],
  properties: {
    ticket: {
      type: "string",
      description: `from POST /live/tickets: good once, within ${liveLimits.ticketLifeMs / 1_000} seconds`,
    },
  },
} as const;

type Messages = Readonly<Record<string, object>>;

/** One message for each member of a union, under the name that its `type` has. */
function messagesOf(union: { readonly anyOf: readonly TSchema[] }): Messages {
  return Object.fromEntries(
    union.anyOf.map((schema) => {
      const { properties } = schema as { readonly properties: { readonly type: { readonly const: string } } };
      const name = properties.type.const;
      return [name, { name, summary: summaries[name], payload: withNames(schema) }];
    }),
  );
}

/** Events inside a message are shown by their names. */
function withNames(schema: unknown): unknown {
  const name = namesOfEvents.get(schema as TSchema);
  if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
  if (Array.isArray(schema)) return schema.map(withNames);
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, withNames(value)]));
}

function references(messages: Messages): Messages {
  return Object.fromEntries(Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]));
}

function operation(action: "send" | "receive", channel: string, messages: Messages): object {
  return {
    action,
    channel: { $ref: `#/channels/${channel}` },
    messages: Object.keys(messages).map((name) => ({ $ref: `#/channels/${channel}/messages/${name}` })),
  };
}

function describeCloses(): string {
  return Object.entries(liveCloses)
    .map(([reason, code]) => `${code} (${reason})`)
    .join(", ");
}
