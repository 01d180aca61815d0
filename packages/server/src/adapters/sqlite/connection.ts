import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { HawserError } from "@hawser/protocol";

const busyTimeoutMs = 5_000;
/** Size of a page of a new database. */
export const pageBytes = 8_192;

/** Primary result codes: somebody else holds a lock. https://sqlite.org/rescode.html */
const busyCodes: readonly number[] = [5, 6];
/**
 * Primary result codes after which nothing may be built on the connection any more: NOMEM, READONLY, IOERR, CORRUPT,
 * FULL, CANTOPEN, PROTOCOL, NOTADB. SQLite may have rolled back the whole transaction, with work of others in it.
 */
const fatalCodes: readonly number[] = [7, 8, 10, 11, 13, 14, 15, 26];

/**
 * One connection: statements prepared once and kept, errors as HawserError.
 *
 * `storage_fenced`: the storage failed. `unavailable`: another process holds the database. `internal`: the
 * statement was refused, a broken constraint for example; only the statement itself is undone.
 */
export class Connection {
  readonly #database: DatabaseSync;
  readonly #onFatal: (error: HawserError) => void;
  readonly #statements = new Map<string, StatementSync>();
  #abandonedBecause: HawserError | undefined;

  constructor(database: DatabaseSync, onFatal: (error: HawserError) => void) {
    this.#database = database;
    this.#onFatal = onFatal;
  }

  get inTransaction(): boolean {
    return this.#database.isTransaction;
  }

  /** Runs several statements that take and give nothing. */
  script(sql: string): void {
    try {
      if (this.#abandonedBecause !== undefined) throw this.#abandonedBecause;
      this.#database.exec(sql);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Returns how many rows were changed, and the key of the row inserted last. */
  run(sql: string, ...values: SQLInputValue[]): { readonly changes: number; readonly lastKey: number } {
    try {
      const { changes, lastInsertRowid } = this.#prepare(sql).run(...values);
      return { changes: Number(changes), lastKey: Number(lastInsertRowid) };
    } catch (error) {
      throw this.#failed(error);
    }
  }

  get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    try {
      return this.#prepare(sql).get(...values) as Row | undefined;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    try {
      return this.#prepare(sql).all(...values) as Row[];
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Rows as arrays: three times as fast as objects where there are thousands. A text is used here or in `all`. */
  tuples<Tuple>(sql: string, ...values: SQLInputValue[]): Tuple[] {
    try {
      const statement = this.#prepare(sql);
      statement.setReturnArrays(true);
      return statement.all(...values) as unknown as Tuple[];
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Gives up the open transaction; from now on every statement throws `error`. */
  abandon(error: HawserError): void {
    try {
      if (this.inTransaction) this.#database.exec("ROLLBACK");
    } catch {
      // Closing the connection rolls back as well.
    }
    this.#abandonedBecause = error;
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #prepare(sql: string): StatementSync {
    if (this.#abandonedBecause !== undefined) throw this.#abandonedBecause;
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #failed(thrown: unknown): HawserError {
    if (thrown instanceof HawserError) return thrown;
    const code = primaryCode(thrown);
    const detail = `The ledger's database: ${thrown instanceof Error ? thrown.message : String(thrown)}.`;
    if (busyCodes.includes(code)) return new HawserError("unavailable", { detail }, { cause: thrown });
    if (!fatalCodes.includes(code)) return new HawserError("internal", {}, { cause: thrown });
    const error = new HawserError("storage_fenced", { detail }, { cause: thrown });
    this.#onFatal(error);
    return error;
  }
}

/** The lower byte of SQLite's extended result code; 0 for errors that are not SQLite's. */
function primaryCode(thrown: unknown): number {
  const code = thrown instanceof Error && "errcode" in thrown ? thrown.errcode : 0;
  return typeof code === "number" ? code & 0xff : 0;
}

/** The one connection that writes. Checkpoints are ours (see `log.ts`), because SQLite's own hide their failures. */
export function openWriter(path: string, onFatal: (error: HawserError) => void): Connection {
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  // A tenth less work for small files than with SQLite's own 4 KiB. It counts before the first table; later it is
  // ignored, and that is right.
  database.exec(`PRAGMA page_size = ${pageBytes}`);
  return configured(database, onFatal, {
    journal_mode: "wal",
    synchronous: 2,
    foreign_keys: 1,
    busy_timeout: busyTimeoutMs,
    wal_autocheckpoint: 0,
    journal_size_limit: 64 * 1_048_576,
    cache_size: -16_384,
    // Else the journal of a savepoint spills into a file in /tmp, whose disk may be another one, and full.
    temp_store: 2,
  });
}

/** A connection that cannot write and sees only what is committed, and with `synchronous=FULL` that is durable. */
export function openReader(path: string, onFatal: (error: HawserError) => void): Connection {
  const database = new DatabaseSync(path, { readOnly: true, timeout: busyTimeoutMs });
  return configured(database, onFatal, { busy_timeout: busyTimeoutMs, cache_size: -8_192, temp_store: 2 });
}

/** Sets each pragma and reads it back: SQLite ignores in silence what it cannot do. */
function configured(
  database: DatabaseSync,
  onFatal: (error: HawserError) => void,
  pragmas: Readonly<Record<string, string | number>>,
): Connection {
  const connection = new Connection(database, onFatal);
  try {
    for (const [name, wanted] of Object.entries(pragmas)) {
      connection.script(`PRAGMA ${name} = ${wanted}`);
      const found = Object.values(connection.get<Record<string, unknown>>(`PRAGMA ${name}`) ?? {})[0];
      if (found === wanted) continue;
      const detail = `The ledger's database does not take ${name}=${wanted} (it stays ${found}).`;
      throw new HawserError("unavailable", { detail });
    }
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}
