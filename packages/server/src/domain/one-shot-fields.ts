import { HawserError, type InitializeRequest, limits, priorities } from "@hawser/protocol";
import { type Description, describe, invalid } from "./description.ts";

const knownFields: readonly string[] = [
  "filename",
  "contentType",
  "lastModified",
  "sampledHash",
  "sha256",
  "priority",
  "bundleId",
  "bundlePosition",
  "metadata",
];
const bundleIdPattern = new RegExp(`^[A-Za-z0-9_-]{1,${limits.maxBundleIdChars}}$`);
const positionPattern = /^(?:0|[1-9]\d{0,6})$/;
const maxBundlePosition = 1_000_000;

/**
 * The query of a one-shot request, checked like the body of an initialize.
 * @throws HawserError `invalid_request` naming the field, or `size_too_large`
 */
export function describeOneShot(
  fields: Readonly<Record<string, string>>,
  sizeBytes: number,
  maxSizeBytes: number,
): Description {
  const unknown = Object.keys(fields).find((field) => !knownFields.includes(field));
  if (unknown !== undefined) {
    throw new HawserError("invalid_request", { detail: "The query has a field that is not known." });
  }
  const { filename, contentType, lastModified, sampledHash, sha256, priority } = fields;
  if (filename === undefined) throw invalid("filename");
  const body: InitializeRequest = {
    filename,
    size: sizeBytes,
    evidence: { ...(sampledHash === undefined ? {} : { sampledHash }), ...(sha256 === undefined ? {} : { sha256 }) },
    ...(contentType === undefined ? {} : { contentType }),
    ...(lastModified === undefined ? {} : { lastModified }),
    ...(priority === undefined ? {} : { priority: readPriority(priority) }),
    ...readBundle(fields),
    ...readMetadata(fields.metadata),
  };
  return describe(body, maxSizeBytes);
}

function readPriority(text: string): (typeof priorities)[number] {
  const priority = priorities.find((known) => known === text);
  if (priority === undefined) throw invalid("priority");
  return priority;
}

/** The JSON of an object; what may stand in it is checked with the rest. */
function readMetadata(text: string | undefined): Pick<InitializeRequest, "metadata"> {
  if (text === undefined) return {};
  if (text.length > limits.maxMetadataBytes) throw invalid("metadata");
  const metadata = parseJson(text);
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) throw invalid("metadata");
  return { metadata: metadata as NonNullable<InitializeRequest["metadata"]> };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readBundle(fields: Readonly<Record<string, string>>): Pick<InitializeRequest, "bundle"> {
  const { bundleId: id, bundlePosition } = fields;
  if (id === undefined && bundlePosition === undefined) return {};
  if (id === undefined || !bundleIdPattern.test(id)) throw invalid("bundleId");
  const position = positionPattern.test(bundlePosition ?? "") ? Number(bundlePosition) : Number.NaN;
  if (!(position <= maxBundlePosition)) throw invalid("bundlePosition");
  return { bundle: { id, position } };
}
