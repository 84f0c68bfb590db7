import type { TenantTrx } from "@condo/schema";

/** Puts these codes in the place of all that the user had. */
export async function replaceRecoveryCodes(
  trx: TenantTrx,
  user: { tenantId: string; userId: string },
  hashes: readonly Buffer[],
): Promise<void> {
  await deleteRecoveryCodes(trx, user.userId);
  await trx
    .insertInto("recovery_codes")
    .values(
      hashes.map((code_hash) => ({
        tenant_id: user.tenantId,
        user_id: user.userId,
        code_hash,
        used_at: null,
      })),
    )
    .execute();
}

/** @returns whether the code was there, and unused */
export async function takeRecoveryCode(trx: TenantTrx, userId: string, hash: Buffer): Promise<boolean> {
  const result = await trx
    .updateTable("recovery_codes")
    .set({ used_at: new Date() })
    .where("user_id", "=", userId)
    .where("code_hash", "=", hash)
    .where("used_at", "is", null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function countRecoveryCodes(trx: TenantTrx, userId: string): Promise<number> {
  const { left } = await trx
    .selectFrom("recovery_codes")
    .select((select) => select.fn.countAll<string>().as("left"))
    .where("user_id", "=", userId)
    .where("used_at", "is", null)
    .executeTakeFirstOrThrow();
  return Number(left);
}

export async function deleteRecoveryCodes(trx: TenantTrx, userId: string): Promise<void> {
  await trx.deleteFrom("recovery_codes").where("user_id", "=", userId).execute();
}
