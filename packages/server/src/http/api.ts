import { HawserError } from "@hawser/protocol";
import { type TObject, type TSchema, Type } from "typebox";
import { Compile, type Validator } from "typebox/compile";
import type { ApiRequest, ApiResponse } from "../ports/facts.ts";
import { causeToLog, jsonAnswer, problemAnswer } from "./answers.ts";
import { byteRoutes } from "./byte-routes.ts";
import { parseNatural, parseQuery } from "./fields.ts";
import { fileRoutes, serverRoutes } from "./file-routes.ts";
import { describeRoutes } from "./openapi.ts";
import type { ApiCall, ApiParts, Route } from "./routes.ts";
import { knowledgeRoutes, lifeRoutes } from "./upload-routes.ts";

/** The JSON API: everything but the bytes. */
export type Api = (request: ApiRequest) => Promise<ApiResponse>;

/** @param log gets what clients see as `internal` only */
export function createApi(parts: ApiParts, log: (error: unknown, request: ApiRequest) => void): Api {
  const routes: Route[] = [];
  const openApi = () => jsonAnswer(200, describeRoutes(routes));
  routes.push(...lifeRoutes(parts), ...byteRoutes, ...knowledgeRoutes(parts), ...fileRoutes(parts));
  routes.push(...serverRoutes(parts, openApi));
  const paths = groupByPath(routes);

  return async (request) => {
    try {
      const { route, id } = findRoute(paths, request);
      if ("allow" in route) return problemAnswer(new HawserError("method_not_allowed"), { allow: route.allow });
      return await route.answer(request, id);
    } catch (thrown) {
      const cause = causeToLog(thrown);
      if (cause !== undefined) log(cause, request);
      return problemAnswer(thrown);
    }
  };
}

/** A path of the table with its operations by method. */
interface Path {
  readonly segments: readonly string[];
  readonly operations: ReadonlyMap<string, Operation>;
  readonly allow: string;
}

/** Literal paths come before those with parameters, so that `/uploads/check` is no upload's id. */
function groupByPath(routes: readonly Route[]): Path[] {
  const paths = [...Map.groupBy(routes, (route) => route.path)].map(([path, group]) => {
    const methods = group.map(({ method }) => method as string);
    if (methods.includes("GET")) methods.push("HEAD");
    return {
      segments: path.split("/"),
      operations: new Map(group.map((route) => [route.method as string, new Operation(route)])),
      allow: methods.sort().join(", "),
    };
  });
  return paths.sort((a, b) => Number(hasParameter(a)) - Number(hasParameter(b)));
}

function hasParameter({ segments }: Path): boolean {
  return segments.some(isParameter);
}

function isParameter(segment: string): boolean {
  return segment.startsWith("{");
}

function findRoute(paths: readonly Path[], { method, path }: ApiRequest): { route: Operation | Path; id: string } {
  const segments = path.split("/");
  const found = paths.find(
    (candidate) =>
      candidate.segments.length === segments.length &&
      candidate.segments.every((segment, i) => (isParameter(segment) ? segments[i] !== "" : segment === segments[i])),
  );
  if (found === undefined) throw new HawserError("not_found");
  const id = segments[found.segments.indexOf("{id}")] ?? "";
  return { route: found.operations.get(method === "HEAD" ? "GET" : method) ?? found, id };
}

/** One row of the table with its schemas compiled. */
class Operation {
  readonly #route: Route;
  readonly #query: TObject;
  readonly #checkQuery: Validator;
  readonly #checkBody: Validator | undefined;

  constructor(route: Route) {
    this.#route = route;
    this.#query = route.query ?? Type.Object({}, { additionalProperties: false });
    this.#checkQuery = Compile(this.#query as TSchema);
    this.#checkBody = route.body && Compile(route.body);
  }

  async answer(request: ApiRequest, id: string): Promise<ApiResponse> {
    const { handle } = this.#route;
    if (handle === undefined) throw new HawserError("not_found");
    const call: ApiCall = {
      owner: request.owner,
      id,
      query: this.#readQuery(request.query),
      body: this.#readBody(request),
      idempotencyKey: request.headers["idempotency-key"] ?? null,
      host: request.headers.host ?? "",
    };
    return handle(call);
  }

  #readQuery(text: string): unknown {
    const properties: Readonly<Record<string, { type?: string }>> = this.#query.properties;
    const query: Record<string, unknown> = parseQuery(text);
    for (const [name, value] of Object.entries(query)) {
      if (properties[name]?.type === "integer") query[name] = parseNatural(value as string) ?? value;
    }
    return checked(this.#checkQuery, query, "query");
  }

  #readBody({ body, headers }: ApiRequest): unknown {
    if (this.#checkBody === undefined) return undefined;
    if (body === null) return checked(this.#checkBody, {}, "body");
    const mediaType = headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
    if (mediaType !== "application/json") throw new HawserError("unsupported_media_type");
    return checked(this.#checkBody, parseJson(body), "body");
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HawserError("invalid_request", { detail: "The body is not JSON." });
  }
}

function checked(validator: Validator, value: unknown, what: string): unknown {
  if (validator.Check(value)) return value;
  const errors = validator.Errors(value);
  const unknown = errors.find(({ keyword }) => keyword === "additionalProperties");
  if (unknown !== undefined) {
    const { additionalProperties } = unknown.params as { additionalProperties: readonly string[] };
    throw new HawserError("invalid_request", {
      detail: `The ${what} has no field ${additionalProperties.join(", ")}.`,
    });
  }
  const [first] = errors;
  throw new HawserError("invalid_request", { detail: `${what}${first?.instancePath ?? ""} ${first?.message ?? ""}.` });
}
