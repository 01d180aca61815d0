import { HawserError } from "@hawser/protocol";

const naturalPattern = /^(?:0|[1-9][0-9]{0,15})$/;
const fieldIntegerPattern = /^[0-9]{1,16}$/;

/** A number in a path or query: plain digits, no sign, no leading zero, at most 2^53 - 1; else undefined. */
export function parseNatural(text: string): number | undefined {
  const value = naturalPattern.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A header's integer that is not negative (RFC 9651, 3.3.1, with 16 digits allowed up to 2^53 - 1). */
export function parseFieldInteger(text: string): number | undefined {
  const value = fieldIntegerPattern.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A header's boolean (RFC 9651, 3.3.6). */
export function parseFieldBoolean(text: string): boolean | undefined {
  if (text === "?1") return true;
  return text === "?0" ? false : undefined;
}

/**
 * The fields of a query, each at most once.
 * @throws HawserError `invalid_request` for a field that comes twice or is not well encoded
 */
export function parseQuery(query: string): Record<string, string> {
  const fields: Record<string, string> = Object.create(null);
  for (const pair of query.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decodeQueryPart(equals < 0 ? pair : pair.slice(0, equals));
    if (name in fields) throw new HawserError("invalid_request", { detail: `The query has ${name} twice.` });
    fields[name] = equals < 0 ? "" : decodeQueryPart(pair.slice(equals + 1));
  }
  return { ...fields };
}

function decodeQueryPart(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new HawserError("invalid_request", { detail: "The query is not well encoded." });
  }
}
