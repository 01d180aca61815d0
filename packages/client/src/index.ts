export {
  type BundleLabel,
  type Candidate,
  type ErrorCode,
  type Evidence,
  type File,
  HawserError,
  type Metadata,
  type Priority,
  type RetryClass,
} from "@hawser/protocol";
export type { Journal, JournalRecord, KeptRecord, SharedJournal } from "./journal/journal.ts";
export type { Live, LiveStanding, LiveStatus, LiveUpload } from "./live/live-api.ts";
export type { LiveSocket, OpenSocket, SocketListener } from "./live/socket.ts";
export { chooseMatch, type MatchChoice } from "./match-choice.ts";
export { type PauseReason, pauseReasons } from "./pause.ts";
export type { IncrementalSha256, Platform } from "./platform.ts";
export type { Source, SourceFacts, SourceOrigin } from "./source/source.ts";
export type { Transport, TransportRequest, TransportResponse } from "./transport/transport.ts";
export type { UploadFigures, UploadState, UploadStatus } from "./upload-state.ts";
export type * from "./uploader-api.ts";
