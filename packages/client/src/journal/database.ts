import { HawserError } from "@hawser/protocol";
import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB, type StoreNames } from "idb";
import type { FileHandle } from "../source/file-handle.ts";

/** The stores of the database. What stands in `records` is read with care: storage may be damaged. */
interface Stores extends DBSchema {
  /** By the record's id: who carries it, and the record. */
  records: { key: string; value: unknown };
  /** Rows that could not be understood, as they were found. */
  aside: { key: number; value: { readonly key: unknown; readonly row: unknown } };
  /** Files that can be opened again, by `handleId`. */
  handles: { key: string; value: FileHandle };
  /** Copies of small files, by `spoolId`. */
  copies: { key: string; value: SmallCopy };
}

export interface SmallCopy {
  readonly bytes: ArrayBuffer;
  /** Milliseconds since 1970. */
  readonly storedAt: number;
}

export type StoreName = StoreNames<Stores>;
export type Reading<N extends StoreName[]> = IDBPTransaction<Stores, N, "readonly">;
export type Writing<N extends StoreName[]> = IDBPTransaction<Stores, N, "readwrite">;

/** The form of the database. A newer program's upgrade comes as one step more in `upgrade`. */
const databaseVersion = 1;
/** The browser's name for it. */
const quotaExceeded = "QuotaExceededError";

/**
 * One opening of the client's database in a browser. A connection that the browser ended is opened again when it is
 * needed; one that stands in the way of a newer program is let go.
 */
export class Database {
  readonly name: string;
  #connection: Promise<IDBPDatabase<Stores>> | null = null;
  #isClosed = false;

  constructor(name: string) {
    this.name = name;
  }

  /** @throws HawserError `internal` when the browser has no database, or it cannot be opened; `storage_full` */
  async open(): Promise<void> {
    await told("The browser's database cannot be opened", this.#connect());
  }

  /** Runs `work` in one transaction that only reads. */
  read<N extends StoreName[], T>(stores: N, work: (transaction: Reading<N>) => Promise<T>): Promise<T> {
    const reading = this.#run(async (connection) => {
      const transaction = connection.transaction(stores, "readonly") as unknown as Reading<N>;
      return finish(transaction, work(transaction));
    });
    return told("The browser's database cannot be read", reading);
  }

  /**
   * Runs `work` in one transaction, which is on stable storage when the promise resolves; all of it happens, or nothing.
   * @throws HawserError `storage_full`, `internal`
   */
  write<N extends StoreName[], T>(stores: N, work: (transaction: Writing<N>) => Promise<T>): Promise<T> {
    const writing = this.#run(async (connection) => {
      const transaction = connection.transaction(stores, "readwrite", {
        durability: "strict",
      }) as unknown as Writing<N>;
      return finish(transaction, work(transaction));
    });
    return told("The browser's database cannot be written", writing);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const connection = await this.#connection?.catch(() => null);
    connection?.close();
  }

  /** A connection that had ended by itself is noticed by the one who wants to use it. */
  async #run<T>(work: (connection: IDBPDatabase<Stores>) => Promise<T>): Promise<T> {
    const connection = await this.#connect();
    try {
      return await work(connection);
    } catch (error) {
      if ((error as Error).name !== "InvalidStateError") throw error;
      this.#connection = null;
      return work(await this.#connect());
    }
  }

  #connect(): Promise<IDBPDatabase<Stores>> {
    if (this.#isClosed) throw new HawserError("internal", { detail: "The journal was closed." });
    const forget = () => {
      this.#connection = null;
    };
    this.#connection ??= openDB<Stores>(this.name, databaseVersion, {
      upgrade: (database) => {
        database.createObjectStore("records", { keyPath: "id" });
        database.createObjectStore("aside", { autoIncrement: true });
        database.createObjectStore("handles");
        database.createObjectStore("copies");
      },
      blocking: (_current, _wanted, event) => {
        forget();
        (event.target as unknown as { close(): void }).close();
      },
      terminated: forget,
    }).catch((error) => {
      forget();
      throw error;
    });
    return this.#connection;
  }
}

/** What the browser's transactions have, for compilers that do not know browsers. */
interface Transaction {
  abort(): void;
  readonly done: Promise<void>;
}

async function finish<T>(transaction: unknown, work: Promise<T>): Promise<T> {
  const { done } = transaction as Transaction;
  try {
    // Neither is left alone with its failure.
    const [result] = await Promise.all([work, done]);
    return result;
  } catch (error) {
    try {
      (transaction as Transaction).abort();
    } catch {
      // It has ended already.
    }
    // Where the storage is full only the whole transaction says so.
    const reason: Error | null = await done.then(
      () => null,
      (thrown) => thrown,
    );
    throw reason?.name === quotaExceeded ? reason : error;
  }
}

async function told<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof HawserError) throw cause;
    const { name, message } = cause as Error;
    const code = name === quotaExceeded ? "storage_full" : "internal";
    throw new HawserError(code, { detail: `${what}: ${message || name}` }, { cause });
  }
}
