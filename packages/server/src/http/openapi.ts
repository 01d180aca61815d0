import {
  CheckResponse,
  type ErrorCode,
  errorTable,
  File,
  FilesResponse,
  FinalizeRequest,
  FinalizeResponse,
  InitializeRequest,
  InitializeResponse,
  ManifestResponse,
  Problem,
  problemContentType,
  ResumeResponse,
  RunResponse,
  TicketResponse,
  Upload,
  UploadsResponse,
  VerifyResponse,
} from "@hawser/protocol";
import type { TObject, TSchema } from "typebox";
import type { Route, RouteResponse } from "./routes.ts";

/** Schemas that have a name in the document. */
const schemas: Readonly<Record<string, TSchema>> = {
  CheckResponse,
  File,
  FilesResponse,
  FinalizeRequest,
  FinalizeResponse,
  InitializeRequest,
  InitializeResponse,
  ManifestResponse,
  Problem,
  ResumeResponse,
  RunResponse,
  TicketResponse,
  Upload,
  UploadsResponse,
  VerifyResponse,
};
const namesOfSchemas = new Map(Object.entries(schemas).map(([name, schema]) => [schema, name]));

/** The interface as an OpenAPI 3.1 document, made from the table that the router works by. */
export function describeRoutes(routes: readonly Route[]): object {
  const byPath = Map.groupBy(routes, ({ path }) => path);
  const paths = Object.fromEntries(
    [...byPath].map(([path, group]) => [
      path,
      Object.fromEntries(group.map((route) => [route.method.toLowerCase(), describeRoute(route)])),
    ]),
  );
  return {
    openapi: "3.1.0",
    info: {
      title: "Hawser",
      version: "1",
      description: "Gets a file off an unreliable device and network into durable storage, exactly once.",
    },
    paths,
    components: { schemas },
  };
}

function describeRoute(route: Route): object {
  const content = describeBody(route);
  return {
    summary: route.summary,
    parameters: [...pathParameters(route.path), ...queryParameters(route.query), ...headerParameters(route.headers)],
    ...(content === undefined ? {} : { requestBody: { required: route.takesBytes === true, content } }),
    responses: { ...describeResponses(route.responses), ...describeErrors(route.errors) },
  };
}

function describeBody({ body, takesBytes }: Route): object | undefined {
  if (takesBytes) return { "application/octet-stream": {} };
  return body && { "application/json": { schema: reference(body) } };
}

function describeResponses(responses: Readonly<Record<number, RouteResponse>>): object {
  return Object.fromEntries(
    Object.entries(responses).map(([status, { means, schema, contentType }]) => {
      const type = contentType ?? (schema && "application/json");
      const content = type && { [type]: schema === undefined ? {} : { schema: reference(schema) } };
      return [status, { description: means, ...(content === undefined ? {} : { content }) }];
    }),
  );
}

/** One response a status; it names the codes. What every operation may answer is not repeated. */
function describeErrors(codes: readonly ErrorCode[]): object {
  const byStatus = Map.groupBy(codes, (code) => errorTable[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      status,
      {
        description: group.map((code) => `\`${code}\`: ${errorTable[code].title}`).join(" "),
        content: { [problemContentType]: { schema: reference(Problem) } },
      },
    ]),
  );
}

function reference(schema: TSchema): object {
  const name = namesOfSchemas.get(schema);
  return name === undefined ? schema : { $ref: `#/components/schemas/${name}` };
}

function pathParameters(path: string): object[] {
  return [...path.matchAll(/\{([a-z]+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function queryParameters(query: TObject | undefined): object[] {
  return Object.entries(query?.properties ?? {}).map(([name, schema]) => ({
    name,
    in: "query",
    required: query?.required?.includes(name) ?? false,
    schema,
  }));
}

function headerParameters(headers: Readonly<Record<string, string>> = {}): object[] {
  return Object.entries(headers).map(([name, description]) => ({
    name,
    in: "header",
    description,
    schema: { type: "string" },
  }));
}
