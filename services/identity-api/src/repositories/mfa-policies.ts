import type { MfaPolicy, TenantReader, TenantTrx } from "@condo/schema";

/** The tenant's policy; one that requires nothing where it has set none. */
export async function findMfaPolicy(trx: TenantReader): Promise<Pick<MfaPolicy, "is_required" | "version">> {
  const policy = await trx.selectFrom("mfa_policies").select(["is_required", "version"]).executeTakeFirst();
  return policy ?? { is_required: false, version: 0 };
}

export async function setMfaRequired(
  trx: TenantTrx,
  tenantId: string,
  isRequired: boolean,
): Promise<Pick<MfaPolicy, "is_required" | "version">> {
  const policy = { is_required: isRequired, updated_at: new Date() };
  return trx
    .insertInto("mfa_policies")
    .values({ tenant_id: tenantId, ...policy })
    .onConflict((conflict) => conflict.column("tenant_id").doUpdateSet(policy))
    .returning(["is_required", "version"])
    .executeTakeFirstOrThrow();
}
