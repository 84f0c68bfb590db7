import { eventually } from "@condo/testing";
import pg from "pg";

/**
 * Does something while a transaction is open that has written to these tables, and ends that once it is waited for.
 *
 * @returns the tables whose lock was waited for: behind such a wait everybody else would have to wait, too
 */
export async function besideWriters(
  superuserUrl: string,
  tables: readonly string[],
  work: () => Promise<void>,
): Promise<string[]> {
  const writer = new pg.Client({ connectionString: superuserUrl });
  await writer.connect();
  const state = { isDone: false };
  try {
    await writer.query("begin");
    for (const table of tables) await writer.query(`lock table ${table} in row exclusive mode`);
    const working = work().finally(() => (state.isDone = true));
    // Told below; it may fail before anybody waits.
    working.catch(() => undefined);
    const waits = await eventually("the work to wait for the writer, or to end", async () => {
      const { rows } = await writer.query<{ table: string | null }>(
        `select relation::regclass::text as table from pg_locks join pg_stat_activity using (pid)
         where datname = current_database() and not granted`,
      );
      return (rows.length > 0 || state.isDone) && rows;
    });
    await writer.query("rollback");
    await working;
    return waits.flatMap(({ table }) => table ?? []);
  } finally {
    await writer.end();
  }
}
