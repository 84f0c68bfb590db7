import type { OidcProvider, TenantTrx } from "@condo/schema";

export async function findOidcProvider(trx: TenantTrx): Promise<OidcProvider | undefined> {
  return trx.selectFrom("oidc_providers").selectAll().executeTakeFirst();
}

export async function putOidcProvider(
  trx: TenantTrx,
  provider: Omit<OidcProvider, "created_at" | "updated_at" | "version">,
): Promise<OidcProvider> {
  const { tenant_id, ...settings } = provider;
  return trx
    .insertInto("oidc_providers")
    .values({ tenant_id, ...settings })
    .onConflict((conflict) =>
      conflict.column("tenant_id").doUpdateSet({ ...settings, updated_at: new Date() }),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** @returns what was deleted */
export async function deleteOidcProvider(trx: TenantTrx): Promise<OidcProvider | undefined> {
  return trx.deleteFrom("oidc_providers").returningAll().executeTakeFirst();
}
