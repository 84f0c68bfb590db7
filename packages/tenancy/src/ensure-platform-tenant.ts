import { emit } from "@condo/events";
import { platformTenant, type PlatformTrx } from "@condo/schema";

/**
 * Makes the tenant of the super admins, where it is not there yet.
 *
 * @throws a violation of `tenants_slug_key` where a customer's tenant has its slug
 */
export async function ensurePlatformTenant(trx: PlatformTrx): Promise<void> {
  const created = await trx
    .insertInto("tenants")
    .values({ ...platformTenant, domain: null })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .returning("id")
    .executeTakeFirst();
  if (created) await emit(trx, platformTenant.id, "tenant.created", { slug: platformTenant.slug });
}
