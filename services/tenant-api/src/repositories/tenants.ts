import type { Db, Tenant, TenantStatus, TenantTrx } from "@condo/schema";
import { sql } from "kysely";

export async function findTenant(trx: TenantTrx, id: string): Promise<Tenant | undefined> {
  return trx.selectFrom("tenants").selectAll().where("id", "=", id).executeTakeFirst();
}

export async function updateTenant(
  trx: TenantTrx,
  id: string,
  change: {
    name?: string | undefined;
    domain?: string | null | undefined;
    trial_ends_at?: Date | undefined;
  },
): Promise<Tenant> {
  return trx
    .updateTable("tenants")
    .set({ ...change, updated_at: new Date() })
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Tenants of the whole platform, newest first. For operators alone: nobody else may be shown any of it. */
export async function listTenants(
  db: Db,
  filter: {
    search: string | undefined;
    status: TenantStatus | undefined;
    plan: string | undefined;
    after: string | undefined;
    limit: number;
  },
): Promise<Tenant[]> {
  const { rows } = await sql<Tenant>`
    select * from list_tenants(
      ${filter.search ?? null}, ${filter.status ? [filter.status] : null}::text[], ${filter.plan ?? null},
      ${filter.after ?? null}::uuid, ${filter.limit}
    )
  `.execute(db);
  return rows;
}
