import { setTimeout as delay } from "node:timers/promises";
import { CompiledQuery, Kysely, PostgresDialect, sql } from "kysely";
import { Migrator, type Migration } from "kysely/migration";
import pg from "pg";

/** A step of the schema. What is released is never edited. */
export interface SchemaMigration extends Migration {
  /**
   * False for what Postgres refuses inside a transaction, as a concurrent index. Such a migration does one thing, and
   * bears being run again after it was cut off.
   */
  transaction?: false;
}

export type SchemaMigrations = Readonly<Record<string, SchemaMigration>>;

/**
 * A statement that waits for a table's lock makes every later statement on the table wait behind it. After this long
 * the migration gives up, and the table is free again.
 */
const defaultLockTimeoutMs = 5_000;
const pollMs = 100;

/** Runs `work` on connections of the owner, and closes them. */
export async function asOwner<T>(
  ownerUrl: string,
  lockTimeoutMs: number,
  work: (db: Kysely<unknown>) => Promise<T>,
): Promise<T> {
  const pool = new pg.Pool({ connectionString: ownerUrl, max: 2 });
  // A broken connection shows as the error of its next statement; without listeners it would end the process.
  pool.on("error", () => undefined).on("connect", (client) => client.on("error", () => undefined));
  const dialect = new PostgresDialect({
    pool,
    onCreateConnection: async (connection) => {
      await connection.executeQuery(CompiledQuery.raw(`set lock_timeout = ${lockTimeoutMs}`));
    },
  });
  const db = new Kysely<unknown>({ dialect });
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}

/**
 * Applies what a database lacks of a list, each migration in a transaction of its own, so that no lock outlives the
 * migration that needs it. Safe to run twice at once, and again after an error: what was applied before it stays.
 *
 * @throws Error that names the migration, when a lock was not free in time; nothing of that migration is done
 * @returns the names of the migrations that were applied
 */
export async function applyMigrations(
  ownerUrl: string,
  migrations: SchemaMigrations,
  lockTimeoutMs = defaultLockTimeoutMs,
): Promise<string[]> {
  return asOwner(ownerUrl, lockTimeoutMs, (db) =>
    db.connection().execute(async (turn) => {
      await takeTurn(turn);
      const migrator = new Migrator({
        db,
        provider: { getMigrations: async () => migrations },
        migrationTableName: "condo_migrations",
        migrationLockTableName: "condo_migration_lock",
      });
      const applied: string[] = [];
      for (const { name, executedAt, migration } of await migrator.getMigrations()) {
        if (executedAt) continue;
        const disableTransactions = (migration as SchemaMigration).transaction === false;
        const { error } = await migrator.migrateTo(name, { disableTransactions });
        if (error) throw explained(name, error, lockTimeoutMs);
        applied.push(name);
      }
      // A list that lacks what the database has is an error, also when nothing is to be done.
      const { error } = await migrator.migrateToLatest();
      if (error) throw error;
      return applied;
    }),
  );
}

/**
 * Waits until nobody else migrates; the lock ends with the connection. It asks again and again, for a statement that
 * waits holds a snapshot, which a concurrent index would wait for in turn: a deadlock.
 */
async function takeTurn(db: Kysely<unknown>): Promise<void> {
  for (;;) {
    const { rows } = await sql<{ mine: boolean }>`
      select pg_try_advisory_lock(hashtext('condo migrations')) as mine
    `.execute(db);
    if (rows[0]?.mine) return;
    await delay(pollMs);
  }
}

const lockNotAvailable = "55P03";

function explained(name: string, error: unknown, lockTimeoutMs: number): unknown {
  if ((error as { code?: unknown }).code !== lockNotAvailable) return error;
  return new Error(
    `the migration ${name} gave up, for a lock that it needs was not free within ${lockTimeoutMs} ms: ` +
      "a long transaction holds its table (see pg_stat_activity). It changed nothing; run it again",
    { cause: error },
  );
}
