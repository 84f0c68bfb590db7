import { CompiledQuery, type DatabaseConnection } from "kysely";
import { currentMark } from "./change-mark.ts";
import type { PlatformTrx, TenantTrx } from "./transaction.ts";

/** Of the connections whose COMMIT is under way. */
const committing = new WeakMap<DatabaseConnection, Promise<unknown>>();

/**
 * Asks for the last statements of a transaction, and for COMMIT with them: one round trip less. Where one of them fails,
 * nothing is committed. Nothing may be asked of the transaction afterwards, and what is thrown afterwards undoes nothing.
 *
 * @param last asks for its statements before it first awaits anything, and can fail before that in none of them
 */
export async function commitWith<T>(trx: TenantTrx | PlatformTrx, last: () => Promise<T>): Promise<T> {
  // It has to be written after them.
  if (currentMark()) return last();
  return trx.getExecutor().provideConnection((connection) => {
    const result = last();
    const commit = connection.executeQuery(CompiledQuery.raw("commit"));
    commit.catch(() => undefined);
    committing.set(connection, commit);
    return result;
  });
}

/** The COMMIT that {@link commitWith} has sent; asked for once. */
export function takeCommit(connection: DatabaseConnection): Promise<unknown> | undefined {
  const commit = committing.get(connection);
  committing.delete(connection);
  return commit;
}
