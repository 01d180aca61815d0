import { type ErrorCode, HawserError, headers as names, problemContentType, problemOf } from "@hawser/protocol";

/** An answer that is ready to be sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer whose body may be bytes. */
export type RawAnswer = Omit<Answer, "body"> & { readonly body: string | Uint8Array };

export function jsonAnswer(status: number, value: unknown, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
    body: JSON.stringify(value),
  };
}

/** When to come back, for errors that say nothing of their own. */
const defaultRetryAfterSeconds: Partial<Record<ErrorCode, number>> = {
  too_many_requests: 1,
  unavailable: 1,
  storage_fenced: 30,
  storage_full: 30,
};

/** The problem document of an error as an answer. Of an unknown error it shows nothing but `internal`. */
export function problemAnswer(thrown: unknown, headers: Record<string, string> = {}): Answer {
  const error = HawserError.from(thrown);
  const retryAfterSeconds = error.details.retryAfterSeconds ?? defaultRetryAfterSeconds[error.code];
  const problem = problemOf(error);
  const answer = jsonAnswer(
    problem.status,
    retryAfterSeconds === undefined ? problem : { ...problem, retryAfterSeconds },
    { ...headers, "content-type": problemContentType },
  );
  if (retryAfterSeconds === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, [names.retryAfter]: String(retryAfterSeconds) } };
}

/** What the operator has to know of an error: the cause of `internal`; undefined for what clients cause. */
export function causeToLog(thrown: unknown): unknown {
  const error = HawserError.from(thrown);
  return error.code === "internal" ? (error.cause ?? error) : undefined;
}
