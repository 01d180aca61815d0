import { HawserError } from "@hawser/protocol";
import type { Connection } from "./connection.ts";
import { first } from "./migrations/0001-first.ts";
import { onTheirWay } from "./migrations/0002-on-their-way.ts";

/** Every migration from the first release on, in order; number n brings the schema from n - 1 to n. */
const allMigrations: readonly string[] = [first, onTheirWay];

/**
 * Brings the schema up to date, one transaction a migration; `user_version` holds the number of the last one.
 * @throws HawserError `unavailable` when the database was written by a newer release
 */
export function migrate(writer: Connection, migrations: readonly string[] = allMigrations): void {
  const { user_version: current } = writer.get<{ user_version: number }>("PRAGMA user_version") ?? { user_version: 0 };
  if (current > migrations.length) {
    const detail = `The ledger has schema ${current}, this release knows schema ${migrations.length}: use the newer one.`;
    throw new HawserError("unavailable", { detail });
  }
  for (const [index, sql] of migrations.entries()) {
    if (index >= current) applyMigration(writer, index + 1, sql);
  }
}

function applyMigration(writer: Connection, number: number, sql: string): void {
  writer.script("BEGIN IMMEDIATE");
  try {
    writer.script(`${sql}; PRAGMA user_version = ${number}`);
    writer.script("COMMIT");
  } catch (error) {
    if (writer.inTransaction) writer.script("ROLLBACK");
    throw error;
  }
}
