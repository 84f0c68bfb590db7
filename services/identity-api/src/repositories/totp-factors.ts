import type { TenantTrx, TotpFactor } from "@condo/schema";

export async function findTotpFactor(trx: TenantTrx, userId: string): Promise<TotpFactor | undefined> {
  return trx.selectFrom("totp_factors").selectAll().where("user_id", "=", userId).executeTakeFirst();
}

/**
 * Puts a new secret in place, unless one is confirmed.
 *
 * @returns whether it did
 */
export async function upsertPendingTotp(
  trx: TenantTrx,
  factor: { tenant_id: string; user_id: string; secret_sealed: Buffer },
): Promise<boolean> {
  const result = await trx
    .insertInto("totp_factors")
    .values({ ...factor, confirmed_at: null })
    .onConflict((conflict) =>
      conflict
        .columns(["tenant_id", "user_id"])
        .doUpdateSet({ secret_sealed: factor.secret_sealed, created_at: new Date(), last_used_step: "0" })
        .where("totp_factors.confirmed_at", "is", null),
    )
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/**
 * Takes the code of a time step, which no later one can do again.
 *
 * @param factor that the code was compared with: of a secret replaced meanwhile none is taken
 * @returns whether it was still to be had
 */
export async function takeTotpStep(
  trx: TenantTrx,
  factor: Pick<TotpFactor, "user_id" | "secret_sealed">,
  step: number,
): Promise<boolean> {
  const result = await trx
    .updateTable("totp_factors")
    .set({ last_used_step: String(step) })
    .where("user_id", "=", factor.user_id)
    .where("secret_sealed", "=", factor.secret_sealed)
    .where("last_used_step", "<", String(step))
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function markTotpConfirmed(trx: TenantTrx, userId: string): Promise<void> {
  await trx
    .updateTable("totp_factors")
    .set({ confirmed_at: new Date() })
    .where("user_id", "=", userId)
    .execute();
}

/** @returns whether there was one that was confirmed */
export async function deleteTotpFactor(trx: TenantTrx, userId: string): Promise<boolean> {
  const deleted = await trx
    .deleteFrom("totp_factors")
    .where("user_id", "=", userId)
    .returning("confirmed_at")
    .executeTakeFirst();
  return deleted !== undefined && deleted.confirmed_at !== null;
}
