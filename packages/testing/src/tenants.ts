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
