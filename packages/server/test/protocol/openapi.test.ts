import {
  CheckResponse,
  errorTable,
  FilesResponse,
  FinalizeResponse,
  InitializeResponse,
  ManifestResponse,
  Problem,
  ResumeResponse,
  RunResponse,
  TicketResponse,
  Upload,
  UploadsResponse,
  VerifyResponse,
} from "@hawser/protocol";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { WireAnswer, WireRequest } from "../support/http-exchange.ts";
import { LiveServer } from "../support/live-server.ts";
import { runRequest } from "../support/run-request.ts";

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: object;
}
interface Operation {
  readonly summary: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: object }>> };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: object }>>;
}
interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, TSchema>> };
}

let server: LiveServer;
let document: Document;
beforeAll(async () => {
  server = await LiveServer.start();
  document = (await server.json({ target: "/openapi.json" })) as unknown as Document;
});
afterAll(() => server.close());

const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

test("[S1] the OpenAPI document is one: what the specification demands of each part is there", () => {
  expect(document.openapi).toBe("3.1.0");
  expect([typeof document.info.title, typeof document.info.version]).toEqual(["string", "string"]);
  for (const [path, operations] of Object.entries(document.paths)) {
    expect(path).toMatch(/^\//);
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const [method, operation] of Object.entries(operations)) {
      expect(methods).toContain(method);
      const named = operation.parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
      expect(new Set(named).size, `${method} ${path}`).toBe(named.length);
      const declared = operation.parameters.filter((parameter) => parameter.in === "path");
      expect(declared.map(({ name }) => name)).toEqual(inPath);
      for (const parameter of declared) expect(parameter.required).toBe(true);
      for (const parameter of operation.parameters) {
        expect(["path", "query", "header"]).toContain(parameter.in);
        expect(parameter.schema).toBeTypeOf("object");
      }
      expect(Object.keys(operation.responses).length).toBeGreaterThan(0);
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^[1-5][0-9]{2}$/);
        expect(response.description).toBeTypeOf("string");
      }
    }
  }
});

test("[S1] every reference of the document leads to a schema, and every schema is one", () => {
  const names = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference);
  expect(names.length).toBeGreaterThan(20);
  for (const name of names)
    expect(document.components.schemas).toHaveProperty((name ?? "").replace("#/components/schemas/", ""));
  for (const schema of Object.values(document.components.schemas)) expect(() => Compile(schema)).not.toThrow();
});

test("[S1] every operation of the document is there, and no method beside them", async () => {
  const id = "0".repeat(32);
  for (const [path, operations] of Object.entries(document.paths)) {
    const target = path.replace("{id}", id).replace("{run}", "1");
    for (const method of ["get", "put", "post", "delete", "patch"]) {
      const { status } = await server.ask({ method: method.toUpperCase(), target });
      if (method in operations) expect(status, `${method} ${path}`).not.toBe(405);
      else expect(status, `${method} ${path}`).toBe(405);
    }
  }
});

test("[S1] [S15] every status that an operation names is one of its codes' or a success", () => {
  const known = new Set(Object.values(errorTable).map(({ status }) => String(status)));
  for (const operations of Object.values(document.paths)) {
    for (const { responses } of Object.values(operations)) {
      for (const status of Object.keys(responses)) expect(status < "400" || known.has(status)).toBe(true);
    }
  }
});

/** Whether an answer is what the document says of its operation: a status that is named, and a body of that schema. */
function expectDocumented(answer: WireAnswer, method: string, path: string, schema: TSchema | null): void {
  const named = document.paths[path]?.[method]?.responses[String(answer.status)];
  expect(named, `${method} ${path} ${answer.status}`).toBeDefined();
  if (schema === null) {
    expect(answer.body).toHaveLength(0);
    return;
  }
  const value: unknown = JSON.parse(answer.body.toString());
  const validator = Compile(schema);
  expect([...validator.Errors(value)], `${method} ${path} ${answer.status}`).toEqual([]);
  const fields = Object.keys((schema as { properties?: object }).properties ?? {});
  for (const name of Object.keys(value as object)) expect(fields, `${method} ${path}`).toContain(name);
}

test("[S1] what the server answers through an upload's life is what the document says", async () => {
  const size = 1_048_876;
  const json = { "content-type": "application/json" };
  const begin: WireRequest = {
    method: "POST",
    target: "/uploads/initialize",
    headers: json,
    body: `{"filename":"f","size":${size}}`,
  };
  const begun = await server.ask(begin);
  expectDocumented(begun, "post", "/uploads/initialize", InitializeResponse);
  const { id } = JSON.parse(begun.body.toString()) as { id: string };
  const steps: [WireRequest, string, TSchema | null][] = [
    [runRequest(id, "1", "a", size), "/uploads/{id}/chunks/{run}", RunResponse],
    [runRequest(id, "1", "b", size), "/uploads/{id}/chunks/{run}", Problem],
    [{ ...runRequest(id, "2", "a", size), body: "x" }, "/uploads/{id}/chunks/{run}", Problem],
    [{ target: `/uploads/${id}` }, "/uploads/{id}", Upload],
    [{ target: `/uploads/${id}/status` }, "/uploads/{id}/status", Upload],
    [{ target: `/uploads/${id}/resume` }, "/uploads/{id}/resume", ResumeResponse],
    [{ target: `/uploads/${id}/manifest` }, "/uploads/{id}/manifest", ManifestResponse],
    [{ target: "/uploads" }, "/uploads", UploadsResponse],
    [{ method: "POST", target: "/live/tickets" }, "/live/tickets", TicketResponse],
    [{ target: "/uploads/check?filename=f" }, "/uploads/check", CheckResponse],
    [{ method: "POST", target: `/uploads/${id}/finalize` }, "/uploads/{id}/finalize", Problem],
    [{ ...runRequest(id, "2", "a", size), method: "POST" }, "/uploads/{id}/chunks/{run}", RunResponse],
    [{ method: "POST", target: `/uploads/${id}/finalize` }, "/uploads/{id}/finalize", FinalizeResponse],
    [{ method: "POST", target: `/uploads/${id}/verify` }, "/uploads/{id}/verify", VerifyResponse],
    [{ method: "DELETE", target: `/uploads/${id}` }, "/uploads/{id}", Problem],
    [{ target: "/files" }, "/files", FilesResponse],
    [{ target: `/uploads/${id}` }, "/uploads/{id}", Upload],
    [{ method: "DELETE", target: `/files/${id}` }, "/files/{id}", null],
    [{ method: "DELETE", target: `/files/${id}` }, "/files/{id}", Problem],
    [{ target: `/files/${id}` }, "/files/{id}", Problem],
    [{ target: `/uploads/${id}` }, "/uploads/{id}", Upload],
    [{ target: `/uploads/${"0".repeat(32)}/resume` }, "/uploads/{id}/resume", Problem],
  ];
  for (const [request, path, schema] of steps) {
    expectDocumented(await server.ask(request), (request.method ?? "GET").toLowerCase(), path, schema);
  }
});
