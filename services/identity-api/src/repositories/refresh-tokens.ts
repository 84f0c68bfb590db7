import type { RefreshToken, TenantTrx } from "@condo/schema";

/** Reads a token and holds its row, so that racers with the same token come one after the other. */
export async function lockRefreshToken(trx: TenantTrx, tokenHash: Buffer): Promise<RefreshToken | undefined> {
  return trx
    .selectFrom("refresh_tokens")
    .selectAll()
    .where("token_hash", "=", tokenHash)
    .forUpdate()
    .executeTakeFirst();
}

export async function insertRefreshToken(
  trx: TenantTrx,
  token: { tenant_id: string; token_hash: Buffer; session_id: string },
): Promise<void> {
  await trx
    .insertInto("refresh_tokens")
    .values({ ...token, rotated_at: null })
    .execute();
}

export async function markRotated(trx: TenantTrx, tokenHash: Buffer, at: Date): Promise<void> {
  await trx
    .updateTable("refresh_tokens")
    .set({ rotated_at: at })
    .where("token_hash", "=", tokenHash)
    .execute();
}
