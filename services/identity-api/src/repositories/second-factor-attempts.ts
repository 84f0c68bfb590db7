import type { TenantTrx } from "@condo/schema";
import { sql } from "kysely";

/** From this many attempts in a row that no success ended, each one locks for longer. */
const freeAttempts = 5;
const firstLockSeconds = 60;
const longestLockSeconds = 3_600;

/**
 * Counts an attempt before its code is looked at, so that guesses at once are not more than guesses in a row.
 *
 * @returns whether it may be made
 */
export async function takeAttempt(
  trx: TenantTrx,
  user: { tenantId: string; userId: string },
): Promise<boolean> {
  const { rows } = await sql`
    insert into second_factor_attempts as a (tenant_id, user_id, failures)
    values (${user.tenantId}, ${user.userId}, 1)
    on conflict (tenant_id, user_id) do update set
      failures = a.failures + 1,
      locked_until = case when a.failures + 1 >= ${freeAttempts} then now() + interval '1 second'
        * least(${longestLockSeconds}, ${firstLockSeconds} * 2 ^ least(a.failures + 1 - ${freeAttempts}, 20)) end
    where a.locked_until is null or a.locked_until <= now()
    returning failures
  `.execute(trx);
  return rows.length > 0;
}

/** @returns whether they had locked the second step */
export async function forgetAttempts(trx: TenantTrx, userId: string): Promise<boolean> {
  const forgotten = await trx
    .deleteFrom("second_factor_attempts")
    .where("user_id", "=", userId)
    .returning("locked_until")
    .executeTakeFirst();
  return (forgotten?.locked_until ?? new Date(0)) > new Date();
}

/** Seconds until another attempt may be made. */
export async function lockedSeconds(trx: TenantTrx, userId: string): Promise<number> {
  const row = await trx
    .selectFrom("second_factor_attempts")
    .select("locked_until")
    .where("user_id", "=", userId)
    .executeTakeFirst();
  return Math.max(1, Math.ceil(((row?.locked_until?.getTime() ?? 0) - Date.now()) / 1000));
}
