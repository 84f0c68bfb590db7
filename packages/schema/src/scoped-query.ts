import type pg from "pg";
import { statementsOf } from "./connect.ts";
import { PreparedQuery, type Wire } from "./prepared-query.ts";

const scopeText =
  "select set_config('condo.tenant_id', $1, true), set_config('transaction_read_only', 'on', true)";
/** What Postgres answers about a statement that it has not, or has from before a table changed. */
const stale = new Set(["26000", "0A000"]);

/**
 * Reads rows of one tenant: the tenant, and that nothing is written, are set in the same implicit transaction as the
 * statement runs in, all between two syncs. One round trip, without BEGIN and COMMIT.
 */
export async function queryScoped(
  client: pg.ClientBase,
  tenantId: string,
  text: string,
  values: readonly unknown[],
): Promise<pg.QueryResult> {
  const statements = statementsOf(client);
  const run = (): Promise<pg.QueryResult> =>
    new Promise((resolve, reject) => {
      const query = new ScopedQuery(statements, text, values, (error, result) =>
        error ? reject(error) : resolve(result),
      );
      client.query(query.scopedTo(tenantId));
    });
  try {
    return await run();
  } catch (error) {
    // Nothing was read yet: the statement failed before its first row. It is prepared anew.
    if (!statements.isDirect || !stale.has(String((error as { code?: unknown }).code))) throw error;
    return run();
  }
}

class ScopedQuery extends PreparedQuery {
  #tenantId = "";
  #isScoped = false;

  scopedTo(tenantId: string): this {
    this.#tenantId = tenantId;
    return this;
  }

  override prepare(connection: Wire): void {
    const { name } = this.parsed(connection, scopeText);
    connection.bind({ portal: "", statement: name, values: [this.#tenantId] });
    connection.execute({ portal: "" });
    super.prepare(connection);
  }

  override handleDataRow(message: object): void {
    if (this.#isScoped) super.handleDataRow(message);
  }

  override handleCommandComplete(message: object, connection: Wire): void {
    if (this.#isScoped) super.handleCommandComplete(message, connection);
    else this.#isScoped = true;
  }
}
