import { newId, withTenant, type Db } from "@condo/schema";

/** Puts a tenant into the database. */
export async function createTestTenant(
  app: Db,
  slug = `t-${newId().slice(-12)}`,
): Promise<{ id: string; slug: string }> {
  const id = newId();
  await withTenant(app, id, (trx) =>
    trx.insertInto("tenants").values({ id, slug, name: slug, domain: null }).execute(),
  );
  return { id, slug };
}

/** Gives a tenant a domain that it has proven to be its own. */
export async function proveTestDomain(app: Db, tenantId: string, domain: string): Promise<void> {
  const proven = {
    status: "verified",
    verified_at: new Date(),
    // No worker of the test asks DNS for it.
    next_check_at: new Date(Date.now() + 86_400_000),
  } as const;
  await withTenant(app, tenantId, (trx) =>
    trx
      .insertInto("tenant_domains")
      .values({ tenant_id: tenantId, domain, ...proven })
      .onConflict((conflict) => conflict.columns(["tenant_id", "domain"]).doUpdateSet(proven))
      .execute(),
  );
}
