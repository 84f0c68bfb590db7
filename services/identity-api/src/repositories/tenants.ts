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

/**
 * Lets one transaction of the tenant at a time change who its admins are: of two that each saw another admin, one would
 * otherwise remove the last. Nothing else waits: foreign keys to the tenant take a weaker lock.
 */
export async function lockAdministration(trx: TenantTrx, tenantId: string): Promise<void> {
  await trx.selectFrom("tenants").select("id").where("id", "=", tenantId).forNoKeyUpdate().execute();
}
