import { type ErrorDetails, HawserError } from "@hawser/protocol";

/** How a request ended: `ok` with what it gives, or an error's code with what its problem document tells. */
export type Outcome = { readonly code: string } & Readonly<Record<string, unknown>>;

export async function outcomeOf(work: () => Promise<object>): Promise<Outcome> {
  try {
    return { code: "ok", ...(await work()) };
  } catch (error) {
    if (!(error instanceof HawserError)) throw error;
    const { detail: _, retryAfterSeconds: __, ...told }: ErrorDetails = error.details;
    return { code: error.code, ...told };
  }
}
