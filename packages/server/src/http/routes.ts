import type { ErrorCode } from "@hawser/protocol";
import type { Static, TObject, TSchema } from "typebox";
import type { Domain } from "../domain/domain.ts";
import type { ByteKeeper } from "../ports/byte-keeper.ts";
import type { Answer } from "./answers.ts";

export interface ApiParts {
  readonly domain: Domain;
  readonly bytes: Pick<ByteKeeper, "fencedBecause">;
}

/** A request whose path, query and body were checked. */
export interface ApiCall<Query = unknown, Body = unknown> {
  readonly owner: string;
  /** The `{id}` of the path; empty where it has none. */
  readonly id: string;
  readonly query: Query;
  readonly body: Body;
  readonly idempotencyKey: string | null;
  /** `Host` of the request. */
  readonly host: string;
}

export interface RouteResponse {
  readonly means: string;
  readonly schema?: TSchema;
  /** Default: JSON where there is a schema, nothing otherwise. */
  readonly contentType?: string;
}

/** One operation of the HTTP interface. The router and the OpenAPI document are both made from these. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Segments are literal or `{name}`. */
  readonly path: string;
  readonly summary: string;
  readonly query?: TObject;
  readonly body?: TSchema;
  /** Whether the body is bytes; the byte thread reads it then. */
  readonly takesBytes?: boolean;
  /** Headers that it reads, and what they mean. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly responses: Readonly<Record<number, RouteResponse>>;
  readonly errors: readonly ErrorCode[];
  /** Absent where the byte thread answers. */
  readonly handle?: (call: ApiCall) => Promise<Answer>;
}

/** Ties the types of a handler to the schemas that its input was checked with. */
export function defineRoute<Query extends TObject = TObject, Body extends TSchema = TSchema>(
  definition: Omit<Route, "handle" | "query" | "body"> & {
    readonly query?: Query;
    readonly body?: Body;
    readonly handle?: (call: ApiCall<Static<Query>, Static<Body>>) => Promise<Answer>;
  },
): Route {
  return definition as Route;
}

/** The answer to a request that leaves nothing to tell. */
export const noContent: Answer = { status: 204, headers: { "cache-control": "no-store" }, body: "" };
