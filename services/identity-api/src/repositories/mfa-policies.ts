import type { TenantTrx } from "@condo/schema";

export async function isMfaRequired(trx: TenantTrx): Promise<boolean> {
  const policy = await trx.selectFrom("mfa_policies").select("is_required").executeTakeFirst();
  return policy?.is_required ?? false;
}

export async function setMfaRequired(trx: TenantTrx, tenantId: string, isRequired: boolean): Promise<void> {
  const policy = { is_required: isRequired, updated_at: new Date() };
  await trx
    .insertInto("mfa_policies")
    .values({ tenant_id: tenantId, ...policy })
    .onConflict((conflict) => conflict.column("tenant_id").doUpdateSet(policy))
    .execute();
}
