import { numberedEvents } from "@hawser/protocol";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LiveServer } from "../support/live-server.ts";
import { WatchClient } from "../support/watch-client.ts";

interface Reference {
  readonly $ref: string;
}
interface Document {
  readonly asyncapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly channels: Readonly<
    Record<string, { readonly address: string; readonly messages: Readonly<Record<string, Reference>> }>
  >;
  readonly operations: Readonly<
    Record<string, { readonly action: string; readonly channel: Reference; readonly messages: readonly Reference[] }>
  >;
  readonly components: {
    readonly messages: Readonly<
      Record<string, { readonly name: string; readonly summary: string; readonly payload: object }>
    >;
    readonly schemas: Readonly<Record<string, TSchema>>;
  };
}

let server: LiveServer;
let document: Document;
beforeAll(async () => {
  server = await LiveServer.start({ minFreeBytes: 0 });
  document = (await server.json({ target: "/asyncapi.json" })) as unknown as Document;
});
afterAll(() => server.close());

function at(reference: string): unknown {
  const parts = reference.replace("#/", "").split("/");
  return parts.reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], document);
}

test("[S7] the AsyncAPI document has every message of both sides and every kind of event", () => {
  expect(document.asyncapi).toBe("3.0.0");
  expect(Object.keys(document.components.messages).sort()).toEqual([
    ...["alive", "events", "refused", "subscribe", "unsubscribe", "uploads"],
  ]);
  for (const { name, summary, payload } of Object.values(document.components.messages)) {
    expect(summary, name).toBeTypeOf("string");
    expect(payload, name).toMatchObject({ type: "object", properties: { type: { const: name } } });
  }
  const kinds = [...JSON.stringify(document.components.schemas).matchAll(/"const":"([a-z_]+)"/g)].map(
    ([, kind]) => kind,
  );
  for (const kind of [...numberedEvents, "resumed", "chunk_uploaded", "progress", "failed"])
    expect(kinds).toContain(kind);
  const addresses = Object.values(document.channels).map(({ address }) => address);
  expect(addresses).toEqual(["/live", "/uploads/{id}/events"]);
});

test("[S7] every reference of the AsyncAPI document leads somewhere", () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference);
  expect(references.length).toBeGreaterThan(20);
  for (const reference of references) expect(at(reference as string), reference).toBeTypeOf("object");
  for (const { action, channel, messages } of Object.values(document.operations)) {
    expect(["send", "receive"]).toContain(action);
    for (const { $ref } of messages) expect($ref.startsWith(channel.$ref)).toBe(true);
  }
});

test("[S7] what the server says over /live is what the document says", async () => {
  const client = await WatchClient.open(server.port);
  client.subscribe("uploads");
  await client.untilShown();
  await server.fill(2 * 1_048_576);
  client.subscribe(`upload:${"0".repeat(32)}`);
  await client.untilEvent("completed");
  await client.until(({ messages }) => messages.some(({ type }) => type === "refused"));
  client.cut();
  const schemas = Object.entries(document.components.schemas);
  for (const message of client.messages) {
    const payload = document.components.messages[message.type]?.payload as { readonly properties: object };
    expect(Object.keys(payload.properties).sort(), message.type).toEqual(Object.keys(message).sort());
    if (message.type !== "events") continue;
    for (const event of message.events) {
      const fitting = schemas.filter(([, schema]) => Compile(schema).Check(event)).map(([name]) => name);
      expect(fitting, event.type).toHaveLength(1);
    }
  }
});
