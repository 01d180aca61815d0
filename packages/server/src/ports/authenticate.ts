/** Who a request is from. Every question to the ledger carries the owner. */
export interface Principal {
  readonly owner: string;
}

/** The seam where accounts come in; without them everybody is `local`. Rejects with an `auth` error otherwise. */
export type Authenticate = (request: {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}) => Promise<Principal>;

export const authenticateLocal: Authenticate = async () => ({ owner: "local" });
