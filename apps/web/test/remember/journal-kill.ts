/** Where in a write of the journal the browser is killed. */
export type WritePoint = "before" | "during" | "after";

/** A write of the journal, counted from 1 in each page, at which everything ends. */
export interface FatalWrite {
  readonly write: number;
  readonly point: WritePoint;
}

/**
 * Runs in the page before anything else. Every transaction that may write is one write; at the fatal one it asks for
 * the end in a request that holds the page still, and which nobody answers.
 */
export function watchJournal({ write: fatalWrite, point }: FatalWrite): void {
  let write = 0;
  const die = (isStill: boolean) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/stage/die", !isStill);
    request.send();
  };
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...parts: Parameters<typeof transaction>) {
    if (parts[1] !== "readwrite") return transaction.apply(this, parts);
    write++;
    const isFatal = write === fatalWrite;
    if (isFatal && point === "before") die(true);
    const opened = transaction.apply(this, parts);
    if (isFatal && point === "during") die(false);
    if (isFatal && point === "after") opened.addEventListener("complete", () => die(true));
    return opened;
  };
}
