import { type Static, type TSchema, Type } from "typebox";
import { limits } from "./limits.ts";
import { priorities, uploadStates } from "./states.ts";

/** Unknown fields are refused, so that a misspelt option never passes silently. */
const strict = { additionalProperties: false } as const;
const optional = Type.Optional;
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
/** A union of literals; the type is given by hand, since it cannot be told from an array of unknown length. */
const oneOf = <T extends string>(values: readonly T[]) =>
  Type.Unsafe<T>(Type.Union(values.map((value) => Type.Literal(value))));

export const Size = Type.Integer({ minimum: 0, maximum: limits.maxSizeBytes });
const Sha256Hex = Type.String({ pattern: "^[0-9a-f]{64}$" });
const TreeDigest = Type.String({ pattern: "^tree:[0-9a-f]{64}$" });
const Time = Type.String({ description: "ISO 8601, UTC" });
const ChunkNumber = Type.Integer({ minimum: 1 });
const RangeList = Type.Array(Type.Tuple([ChunkNumber, ChunkNumber]));
const PartialChunks = Type.Array(Type.Tuple([ChunkNumber, Type.Integer({ minimum: 1 })]));

export const Evidence = Type.Object({ sampledHash: optional(Sha256Hex), sha256: optional(Sha256Hex) }, strict);
export type Evidence = Static<typeof Evidence>;

/** A caller's own facts about an upload. Values are strings, numbers, booleans or null: nothing nested. */
export const Metadata = Type.Record(
  Type.String({ pattern: `^[\\s\\S]{1,${limits.maxMetadataKeyChars}}$` }),
  Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]),
  strict,
);
export type Metadata = Static<typeof Metadata>;

export const BundleLabel = Type.Object(
  {
    id: Type.String({ pattern: `^[A-Za-z0-9_-]{1,${limits.maxBundleIdChars}}$` }),
    position: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
  },
  strict,
);
export type BundleLabel = Static<typeof BundleLabel>;

const Priority = oneOf(priorities);

/** Body of `POST /uploads/initialize`. */
export const InitializeRequest = Type.Object(
  {
    filename: Type.String({ minLength: 1, maxLength: limits.maxFilenameBytes }),
    size: nullable(Size),
    contentType: optional(Type.String({ maxLength: limits.maxContentTypeBytes })),
    lastModified: optional(Time),
    evidence: optional(Evidence),
    metadata: optional(Metadata),
    priority: optional(Priority),
    bundle: optional(BundleLabel),
    sealed: optional(Type.Boolean()),
  },
  strict,
);
export type InitializeRequest = Static<typeof InitializeRequest>;

/** A completed upload as a download. */
export const File = Type.Object({
  id: Type.String(),
  filename: Type.String(),
  contentType: Type.String(),
  size: Size,
  digest: TreeDigest,
  sha256: optional(Sha256Hex),
  metadata: Metadata,
  bundle: optional(BundleLabel),
  completedAt: Time,
  url: Type.String(),
});
export type File = Static<typeof File>;

export const Upload = Type.Object({
  id: Type.String(),
  state: oneOf(uploadStates),
  filename: Type.String(),
  contentType: Type.String(),
  size: nullable(Size),
  chunkSize: Type.Literal(limits.chunkSizeBytes),
  totalChunks: nullable(Type.Integer()),
  receivedBytes: Size,
  missingCount: nullable(Type.Integer()),
  lastModified: optional(Time),
  metadata: Metadata,
  evidence: Evidence,
  priority: Priority,
  bundle: optional(BundleLabel),
  sealed: Type.Boolean(),
  inspection: Type.Union([Type.Literal("none"), Type.Literal("passed"), Type.Literal("refused")]),
  jobs: Type.Array(Type.Object({ kind: Type.String(), state: Type.String() })),
  createdAt: Time,
  lastActivityAt: Time,
  expiresAt: nullable(Time),
  completedAt: optional(Time),
  deletedAt: optional(Time),
  damaged: optional(RangeList),
  failure: optional(Type.Object({ code: Type.String(), detail: Type.String() })),
  file: optional(File),
});
export type Upload = Static<typeof Upload>;

/** What this server allows, as told by initialize. */
export const ServerLimits = Type.Object({
  maxRunChunks: Type.Integer(),
  maxLanes: Type.Integer(),
  maxSize: Size,
});
export type ServerLimits = Static<typeof ServerLimits>;

export const InitializeResponse = Type.Object({
  ...Upload.properties,
  runAlign: Type.Integer({ minimum: 1 }),
  limits: ServerLimits,
});
export type InitializeResponse = Static<typeof InitializeResponse>;

export const Candidate = Type.Object({
  id: Type.String(),
  filename: Type.String(),
  size: nullable(Size),
  lastModified: optional(Time),
  evidence: Evidence,
  receivedBytes: Size,
  missingChunks: nullable(RangeList),
  runAlign: Type.Integer({ minimum: 1 }),
  createdAt: Time,
  expiresAt: Time,
});
export type Candidate = Static<typeof Candidate>;
export const CheckResponse = Type.Object({ candidates: Type.Array(Candidate) });
export type CheckResponse = Static<typeof CheckResponse>;

/** The 200 of a chunk request: `receipts` are new ones, `skipped` were there before. */
export const RunResponse = Type.Object({
  receipts: RangeList,
  skipped: RangeList,
  missingCount: nullable(Type.Integer()),
  partialChunks: optional(PartialChunks),
  file: optional(File),
});
export type RunResponse = Static<typeof RunResponse>;

export const ResumeResponse = Type.Object({
  state: Upload.properties.state,
  size: nullable(Size),
  totalChunks: nullable(Type.Integer()),
  receivedBytes: Size,
  receivedChunks: RangeList,
  missingChunks: nullable(RangeList),
  partialChunks: PartialChunks,
  expiresAt: nullable(Time),
  next: optional(ChunkNumber),
});
export type ResumeResponse = Static<typeof ResumeResponse>;

export const ManifestResponse = Type.Object({
  chunks: Type.Array(Type.Tuple([ChunkNumber, Sha256Hex])),
  next: optional(ChunkNumber),
});
export type ManifestResponse = Static<typeof ManifestResponse>;

/** Body of `POST /uploads/{id}/finalize`. */
export const FinalizeRequest = Type.Object(
  { size: optional(Size), digest: optional(TreeDigest), sha256: optional(Sha256Hex) },
  strict,
);
export type FinalizeRequest = Static<typeof FinalizeRequest>;
export const FinalizeResponse = Type.Object({ file: File });
export type FinalizeResponse = Static<typeof FinalizeResponse>;

export const VerifyResponse = Type.Object({ checked: RangeList, damaged: RangeList });
export type VerifyResponse = Static<typeof VerifyResponse>;

export const FilesResponse = Type.Object({ files: Type.Array(File), next: optional(Type.String()) });
export type FilesResponse = Static<typeof FilesResponse>;

const Pairs = Type.Array(Type.Tuple([Type.Integer(), Type.Integer()]));

/** An error on the wire: RFC 9457, with the project's members. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String(),
  detail: Type.Optional(Type.String()),
  action: Type.Optional(Type.String()),
  retryAfterSeconds: Type.Optional(Type.Integer()),
  state: Type.Optional(Type.String()),
  receipts: Type.Optional(Pairs),
  skipped: Type.Optional(Pairs),
  missingCount: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
  rejected: Type.Optional(Type.Array(Type.Object({ chunk: Type.Integer(), code: Type.String() }))),
  conflicts: Type.Optional(Pairs),
  missingChunks: Type.Optional(Pairs),
  partialChunks: Type.Optional(Pairs),
  prefix: Type.Optional(Type.Integer()),
});
export type Problem = Static<typeof Problem>;
