import type { DomainStatus, TenantDomain, TenantTrx } from "@condo/schema";
import { sql } from "kysely";

export async function listDomains(trx: TenantTrx): Promise<TenantDomain[]> {
  return trx.selectFrom("tenant_domains").selectAll().orderBy("domain").execute();
}

export async function findDomain(trx: TenantTrx, domain: string): Promise<TenantDomain | undefined> {
  return trx.selectFrom("tenant_domains").selectAll().where("domain", "=", domain).executeTakeFirst();
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

/** Notes what DNS said just now. */
export async function checkedDomain(
  trx: TenantTrx,
  domain: string,
  status: DomainStatus,
): Promise<TenantDomain> {
  return trx
    .updateTable("tenant_domains")
    .set({
      status,
      checked_at: sql<Date>`now()`,
      ...(status === "verified" ? { verified_at: sql<Date>`now()` } : {}),
    })
    .where("domain", "=", domain)
    .returningAll()
    .executeTakeFirstOrThrow();
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
