import { sql, type Kysely } from "kysely";
import { applyMigrations, asOwner } from "./apply-migrations.ts";
import { migrations } from "./migrations/index.ts";

export type ServiceRole = "condo_app" | "condo_platform";

export interface RolePasswords {
  /** Password of `condo_app`, which every service uses for requests. */
  appPassword: string;
  /** Password of `condo_platform`, which the worker and super-admin code use. */
  platformPassword: string;
}

/** A failing statement may not hold a connection, nor a lost client a lock, for longer than these. */
const statementTimeout = "30s";
const idleInTransactionTimeout = "30s";

/**
 * Brings a database to the newest schema and lets the service roles log in with these passwords.
 * Safe to run twice at once: the migrator takes a lock.
 *
 * @param ownerUrl a role that owns the database and has CREATEROLE
 * @returns the names of the migrations that were applied
 */
export async function migrateToLatest(ownerUrl: string, passwords: RolePasswords): Promise<string[]> {
  const applied = await applyMigrations(ownerUrl, migrations);
  await asOwner(ownerUrl, 0, async (db) => {
    await admit(db, "condo_app", passwords.appPassword);
    await admit(db, "condo_platform", passwords.platformPassword);
  });
  return applied;
}

async function admit(db: Kysely<unknown>, role: ServiceRole, password: string): Promise<void> {
  // One transaction holds a lock, for two at once make "tuple concurrently updated" of the role's catalogue row.
  await db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtext('condo roles'))`.execute(trx);
    await sql`alter role ${sql.id(role)} login password ${sql.lit(password)}`.execute(trx);
    // So that an operator can be told whether anything is missing.
    if (role === "condo_platform") await sql`grant select on condo_migrations to condo_platform`.execute(trx);
    await sql`alter role ${sql.id(role)} set statement_timeout = ${sql.lit(statementTimeout)}`.execute(trx);
    await sql`alter role ${sql.id(role)} set idle_in_transaction_session_timeout = ${sql.lit(idleInTransactionTimeout)}`.execute(
      trx,
    );
  });
}

/** The URL of the same database for a service role. */
export function roleUrl(ownerUrl: string, role: ServiceRole, password: string): string {
  const url = new URL(ownerUrl);
  url.username = role;
  url.password = encodeURIComponent(password);
  return url.href;
}

/** Every migration's name, oldest first. */
export const migrationNames: readonly string[] = Object.keys(migrations).toSorted();
