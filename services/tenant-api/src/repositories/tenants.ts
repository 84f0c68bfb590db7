import type { Tenant, TenantTrx } from "@condo/schema";

export async function findTenant(trx: TenantTrx, id: string): Promise<Tenant | undefined> {
  return trx.selectFrom("tenants").selectAll().where("id", "=", id).executeTakeFirst();
}

export async function updateTenant(
  trx: TenantTrx,
  id: string,
  change: { name?: string | undefined; domain?: string | null | undefined },
): Promise<Tenant> {
  return trx
    .updateTable("tenants")
    .set({ ...change, updated_at: new Date() })
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow();
}
