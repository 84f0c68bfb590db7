import { CompiledQuery, sql, type Transaction } from "kysely";
import { currentMark } from "./change-mark.ts";
import type { Db } from "./connect.ts";
import type { Database } from "./database.ts";
import { pipelined } from "./pipelined.ts";

/** Marks, for the compiler alone, what acts for whom. */
export declare const scope: unique symbol;

/** A transaction that sees and writes the rows of one tenant. Only {@link withTenant} makes one. */
export type TenantTrx = Transaction<Database> & { readonly [scope]: "tenant" };

/** A transaction across tenants, on a connection of `condo_platform`. Only {@link withPlatform} makes one. */
export type PlatformTrx = Transaction<Database> & { readonly [scope]: "platform" };

const setTenant = "select set_config('condo.tenant_id', $1, true)";
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Runs `fn` in a transaction that acts for one tenant: the one door to a tenant's rows. The row level security
 * policies compare each row with the variable that is set here, for this transaction alone, so the door holds through a
 * pooler in transaction mode. BEGIN, the variable and the first statements of `fn` travel together, as do those that `fn`
 * asks for together, by `Promise.all`: Postgres does them in that order.
 *
 * @throws TypeError when `tenantId` is no UUID; whatever `fn` throws, after a rollback
 */
export async function withTenant<T>(
  db: Db,
  tenantId: string,
  fn: (trx: TenantTrx) => Promise<T>,
): Promise<T> {
  assertTenantId(tenantId);
  const mark = currentMark();
  return db.transaction().execute((begun) =>
    begun.getExecutor().provideConnection(async (connection) => {
      const trx = pipelined(begun, connection) as TenantTrx;
      const scoping = connection.executeQuery(CompiledQuery.raw(setTenant, [tenantId]));
      // Both have to be over before the connection goes back to the pool, whichever of them fails.
      const [scoped, result] = await Promise.allSettled([scoping, startAtOnce(fn, trx)]);
      if (scoped.status === "rejected") throw scoped.reason;
      if (result.status === "rejected") throw result.reason;
      await mark?.(trx);
      return result.value;
    }),
  );
}

/** @throws TypeError when it is no UUID */
export function assertTenantId(tenantId: string): void {
  if (!uuid.test(tenantId)) throw new TypeError("A tenant id is a UUID");
}

/** As `fn(trx)`, but what `fn` throws before its first promise is a rejection too. */
async function startAtOnce<T>(fn: (trx: TenantTrx) => Promise<T>, trx: TenantTrx): Promise<T> {
  return fn(trx);
}

/** Runs `fn` in a transaction across tenants. `db` must be connected as `condo_platform`, or it sees no rows. */
export async function withPlatform<T>(db: Db, fn: (trx: PlatformTrx) => Promise<T>): Promise<T> {
  const mark = currentMark();
  return db.transaction().execute((begun) =>
    begun.getExecutor().provideConnection(async (connection) => {
      const trx = pipelined(begun, connection) as PlatformTrx;
      const result = await fn(trx);
      await mark?.(trx);
      return result;
    }),
  );
}

/**
 * Runs `fn` for another tenant, then goes on for the first, all in one transaction: for what an operator does to a
 * tenant, which the operator's own audit log tells of too. Nothing of `tenantId` may be under way meanwhile.
 *
 * @param tenantId the tenant that `trx` acts for
 */
export async function inTenant<T>(
  trx: TenantTrx | PlatformTrx,
  tenantId: string,
  other: string,
  fn: (trx: TenantTrx) => Promise<T>,
): Promise<T> {
  const actFor = (id: string) => sql`select set_config('condo.tenant_id', ${id}, true)`.execute(trx);
  await actFor(other);
  const result = await fn(trx as TenantTrx);
  await actFor(tenantId);
  return result;
}
