import type { ApiKey, TenantReader, TenantTrx } from "@condo/schema";

export async function insertApiKey(
  trx: TenantTrx,
  key: {
    id: string;
    tenant_id: string;
    name: string;
    prefix: string;
    secret_hash: Buffer;
    permissions: string[];
    owner_id: string;
    expires_at: Date | null;
  },
): Promise<ApiKey> {
  return trx
    .insertInto("api_keys")
    .values({ ...key, previous_secret_hash: null, previous_expires_at: null })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The keys that are not revoked, newest first, one more than `limit`. */
export async function listApiKeys(
  trx: TenantReader,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<ApiKey[]> {
  let query = trx.selectFrom("api_keys").selectAll().where("revoked_at", "is", null);
  if (after) query = query.where("id", "<", after);
  return query
    .orderBy("id", "desc")
    .limit(limit + 1)
    .execute();
}

/** Reads a key that is not revoked and holds its row until the transaction ends. */
export async function lockApiKey(trx: TenantTrx, id: string): Promise<ApiKey | undefined> {
  return trx
    .selectFrom("api_keys")
    .selectAll()
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .forUpdate()
    .executeTakeFirst();
}

export async function updateApiKey(
  trx: TenantTrx,
  id: string,
  change: Partial<
    Pick<
      ApiKey,
      | "secret_hash"
      | "previous_secret_hash"
      | "previous_expires_at"
      | "owner_id"
      | "rotated_at"
      | "revoked_at"
    >
  >,
): Promise<ApiKey> {
  return trx
    .updateTable("api_keys")
    .set(change)
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow();
}
