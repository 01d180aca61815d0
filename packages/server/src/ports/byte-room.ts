import type { HawserError, RunResponse } from "@hawser/protocol";
import type { ByteKeeper } from "./byte-keeper.ts";
import type { OneShotOutcome, OneShotRequest, RunRequest } from "./facts.ts";

/** A request's body: pieces in order. Iterating throws when the line breaks or the body is too slow. */
export interface Body extends AsyncIterable<Uint8Array> {
  /** Makes the iteration throw `reason` now, even while it waits for bytes (the upload was cancelled, the server stops). */
  cancel(reason: HawserError): void;
}

/** The byte thread's work, as the HTTP room calls it. */
export interface ByteRoom extends ByteKeeper {
  /**
   * Admits a chunk request, then reads its body and makes each chunk durable as soon as it is whole. Resolves only
   * when every chunk of the run has its receipt; the body may then be unread (every chunk was held already).
   * @throws HawserError as protocol.md has it, with what was achieved in its details
   */
  receiveRun(request: RunRequest, body: Body): Promise<RunResponse>;
  /** Receives a whole small file. Same errors; nothing is kept when a digest fails. */
  receiveOneShot(request: OneShotRequest, body: Body): Promise<OneShotOutcome>;
  /** Fills `target` from byte `position` of a stored file; returns how many bytes were there. */
  readFile(id: string, position: number, target: Uint8Array): Promise<number>;
  /** Ends all requests in flight with 503 once `graceMs` has passed, commits what is whole, lets go of the store. */
  close(graceMs: number): Promise<void>;
}
