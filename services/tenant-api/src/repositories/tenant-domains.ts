import type { TenantDomain, TenantTrx } from "@condo/schema";
import { sql } from "kysely";

export async function listDomains(trx: TenantTrx): Promise<TenantDomain[]> {
  return trx.selectFrom("tenant_domains").selectAll().orderBy("domain").execute();
}

/** @returns its row, and the database's time at which it was read */
export async function findDomain(
  trx: TenantTrx,
  domain: string,
): Promise<(TenantDomain & { read_at: Date }) | undefined> {
  return trx
    .selectFrom("tenant_domains")
    .selectAll()
    .select(sql<Date>`now()`.as("read_at"))
    .where("domain", "=", domain)
    .executeTakeFirst();
}

/** Lets one transaction at a time say whose a domain is, of all tenants'. */
export async function claimDomain(trx: TenantTrx, domain: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('condo domain'), hashtext(${domain}))`.execute(trx);
}

/** Reads a domain and holds its row until the transaction ends. */
export async function lockDomain(trx: TenantTrx, domain: string): Promise<TenantDomain | undefined> {
  return trx
    .selectFrom("tenant_domains")
    .selectAll()
    .where("domain", "=", domain)
    .forUpdate()
    .executeTakeFirst();
}

/** @returns undefined when the tenant has it already */
export async function insertDomain(
  trx: TenantTrx,
  tenantId: string,
  domain: string,
): Promise<TenantDomain | undefined> {
  return trx
    .insertInto("tenant_domains")
    .values({ tenant_id: tenantId, domain })
    .onConflict((conflict) => conflict.columns(["tenant_id", "domain"]).doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** Takes a domain from the tenant, and out of its record. */
export async function deleteDomain(trx: TenantTrx, tenantId: string, domain: string): Promise<void> {
  await trx.deleteFrom("tenant_domains").where("domain", "=", domain).execute();
  await trx
    .updateTable("tenants")
    .set({ domain: null, updated_at: new Date() })
    .where("id", "=", tenantId)
    .where("domain", "=", domain)
    .execute();
}
