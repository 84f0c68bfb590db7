import { QueryCreator, type DatabaseConnection, type QueryExecutor } from "kysely";
import { poolOf, tenantShareOf, type Db } from "./connect.ts";
import type { Database } from "./database.ts";
import { queryScoped } from "./scoped-query.ts";
import { assertTenantId, type scope } from "./transaction.ts";

/**
 * Reads the rows of one tenant, in a transaction or statement by statement. What only reads takes this, so that
 * `withTenant` and {@link readTenant} alike can give it what it needs.
 */
export type TenantReader = Pick<TenantQueries, "selectFrom" | "selectNoFrom" | "getExecutor" | typeof scope>;

/**
 * Runs `fn`, which only reads, for one tenant: the door beside `withTenant`. Each statement is a transaction of its own,
 * read-only, in one round trip instead of two and without BEGIN and COMMIT. As there, each statement sees what is committed
 * when it begins; who writes by what was read wants `withTenant`. One tenant has half of the connections at most, so that
 * its slow reads leave the others theirs.
 *
 * @throws TypeError when `tenantId` is no UUID; TenantBusy; whatever `fn` throws
 */
export async function readTenant<T>(
  db: Db,
  tenantId: string,
  fn: (reader: TenantReader) => Promise<T>,
): Promise<T> {
  assertTenantId(tenantId);
  const pool = poolOf(db);
  const share = tenantShareOf(db);
  const connection: DatabaseConnection = {
    async executeQuery({ sql, parameters }) {
      const turn = share.take(tenantId);
      if (turn) await turn;
      try {
        const client = await pool.connect();
        try {
          return await queryScoped(client, tenantId, sql, parameters);
        } finally {
          client.release();
        }
      } finally {
        share.free(tenantId);
      }
    },
    streamQuery() {
      throw new Error("Rows of a tenant are streamed in a transaction");
    },
  };
  const executor = db
    .getExecutor()
    .withConnectionProvider({ provideConnection: (consumer) => consumer(connection) });
  return fn(new TenantQueries(executor));
}

class TenantQueries extends QueryCreator<Database> {
  declare readonly [scope]: "tenant";
  readonly #executor: QueryExecutor;

  constructor(executor: QueryExecutor) {
    super({ executor });
    this.#executor = executor;
  }

  getExecutor(): QueryExecutor {
    return this.#executor;
  }
}
