import type { Tenant, TenantTrx } from "@condo/schema";

export async function insertTenant(
  trx: TenantTrx,
  tenant: { id: string; slug: string; name: string; domain: string | null },
): Promise<Tenant> {
  return trx.insertInto("tenants").values(tenant).returningAll().executeTakeFirstOrThrow();
}

export async function findTenant(trx: TenantTrx, id: string): Promise<Tenant | undefined> {
  return trx.selectFrom("tenants").selectAll().where("id", "=", id).executeTakeFirst();
}
