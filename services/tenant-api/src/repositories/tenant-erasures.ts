import { platformTenant, type TenantErasure, type TenantTrx } from "@condo/schema";

/** Erasures that are done, by the ids of their tenants, the newest tenant first. */
export async function listErasures(
  trx: TenantTrx,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<TenantErasure[]> {
  let query = trx
    .selectFrom("tenant_erasures")
    .selectAll()
    .where("tenant_id", "=", platformTenant.id)
    .where("finished_at", "is not", null);
  if (after) query = query.where("erased_tenant_id", "<", after);
  return query.orderBy("erased_tenant_id", "desc").limit(limit).execute();
}

export async function findErasure(trx: TenantTrx, tenantId: string): Promise<TenantErasure | undefined> {
  return trx
    .selectFrom("tenant_erasures")
    .selectAll()
    .where("tenant_id", "=", platformTenant.id)
    .where("erased_tenant_id", "=", tenantId)
    .where("finished_at", "is not", null)
    .executeTakeFirst();
}
