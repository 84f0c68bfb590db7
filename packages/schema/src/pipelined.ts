import { PostgresDialect, Transaction, type DatabaseConnection } from "kysely";
import type { Database } from "./database.ts";

// What a transaction is made of besides its connection, and has no use for.
const dialect = new PostgresDialect({
  pool: async () => {
    throw new Error("A transaction has its connection");
  },
});
const unused = { config: { dialect }, dialect, driver: dialect.createDriver() };

/**
 * The same transaction, whose statements are sent when they are asked for, and not when the one before is answered: those
 * that are asked for together, by `Promise.all`, are one round trip. Postgres does them one after the other all the same,
 * and none after one that failed.
 *
 * @param connection that it has until it ends
 */
export function pipelined(trx: Transaction<Database>, connection: DatabaseConnection): Transaction<Database> {
  const executor = trx
    .getExecutor()
    .withConnectionProvider({ provideConnection: (consumer) => consumer(connection) });
  return new Transaction({ ...unused, executor });
}
