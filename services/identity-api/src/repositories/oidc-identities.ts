import type { TenantTrx } from "@condo/schema";

/** The user whom a subject of an identity provider stands for. */
export async function findOidcIdentity(
  trx: TenantTrx,
  issuer: string,
  subject: string,
): Promise<string | undefined> {
  const row = await trx
    .selectFrom("oidc_identities")
    .select("user_id")
    .where("issuer", "=", issuer)
    .where("subject", "=", subject)
    .executeTakeFirst();
  return row?.user_id;
}

export async function insertOidcIdentity(
  trx: TenantTrx,
  identity: { tenant_id: string; issuer: string; subject: string; user_id: string },
): Promise<void> {
  await trx.insertInto("oidc_identities").values(identity).execute();
}
