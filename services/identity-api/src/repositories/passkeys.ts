import type { Passkey, TenantTrx } from "@condo/schema";

export async function insertPasskey(
  trx: TenantTrx,
  passkey: {
    id: string;
    tenant_id: string;
    user_id: string;
    name: string;
    credential_id: string;
    public_key: Buffer;
    counter: number;
    transports: string[];
  },
): Promise<Passkey> {
  return trx
    .insertInto("passkeys")
    .values({ ...passkey, last_used_at: null })
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function listPasskeys(trx: TenantTrx, userId: string): Promise<Passkey[]> {
  return trx.selectFrom("passkeys").selectAll().where("user_id", "=", userId).orderBy("id").execute();
}

/** Reads a passkey and holds its row, so that its counter is compared and moved by one at a time. */
export async function lockPasskeyByCredential(
  trx: TenantTrx,
  credentialId: string,
): Promise<Passkey | undefined> {
  return trx
    .selectFrom("passkeys")
    .selectAll()
    .where("credential_id", "=", credentialId)
    .forUpdate()
    .executeTakeFirst();
}

export async function notePasskeyUse(trx: TenantTrx, id: string, counter: number): Promise<void> {
  await trx.updateTable("passkeys").set({ counter, last_used_at: new Date() }).where("id", "=", id).execute();
}

/** @returns the passkey that was deleted */
export async function deletePasskey(
  trx: TenantTrx,
  userId: string,
  id: string,
): Promise<Passkey | undefined> {
  return trx
    .deleteFrom("passkeys")
    .where("user_id", "=", userId)
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirst();
}

/** @returns how many there were */
export async function deletePasskeysOf(trx: TenantTrx, userId: string): Promise<number> {
  const result = await trx.deleteFrom("passkeys").where("user_id", "=", userId).executeTakeFirst();
  return Number(result.numDeletedRows);
}
