import { sql, type Kysely } from "kysely";

/**
 * Makes an index while the table is read and written. For a migration with `transaction = false`, and not for a
 * partitioned table itself, only for its partitions. Safe to run again: what a cut off run left invalid is dropped first.
 *
 * @param definition what follows the name: `on users (tenant_id, email)`
 */
export async function createIndexConcurrently(
  db: Kysely<unknown>,
  name: string,
  definition: string,
): Promise<void> {
  // It waits for the transactions under way, however long they are, and nobody waits behind it.
  await sql`set lock_timeout = 0`.execute(db);
  try {
    await sql`drop index concurrently if exists ${sql.id(name)}`.execute(db);
    await sql.raw(`create index concurrently "${name}" ${definition}`).execute(db);
  } finally {
    await sql`reset lock_timeout`.execute(db);
  }
}
