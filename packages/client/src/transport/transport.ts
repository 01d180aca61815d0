/** One HTTP request of the engine. */
export interface TransportRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Absolute. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string | null;
  /** The bytes of `body` as the browser has them on disk: it may read them by itself, without a copy in memory. */
  readonly blob?: Blob | undefined;
  /** Called with the number of body bytes handed to the network so far; for display only, never proof. */
  readonly onSent?: (sentBytes: number) => void;
  /** Longest silence on the line, in either direction, milliseconds. */
  readonly stallTimeoutMs: number;
}

export interface TransportResponse {
  readonly status: number;
  /** Value of a header field, by its lower-case name. */
  header(name: string): string | null;
  readonly text: string;
}

/**
 * Carries requests. A response of any status resolves; no response rejects with HawserError `connection_lost` (it is
 * unknown whether the server got it), or with the signal's reason when it was aborted.
 */
export interface Transport {
  send(request: TransportRequest, signal: AbortSignal): Promise<TransportResponse>;
  close?(): void;
}
