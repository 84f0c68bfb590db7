import { createHash } from "node:crypto";
import type { TenantTrx } from "@condo/schema";
import { sql } from "kysely";

export interface LockoutPolicy {
  /** Failures in a row that lock an account. */
  failures: number;
  /** How long the first lock lasts; each further one twice as long. */
  lockSeconds: number;
  maxLockSeconds: number;
}

/**
 * Counts an attempt at an account's password, before the password is looked at. One statement: of attempts in parallel,
 * no more get through than are allowed.
 *
 * @returns undefined when the account is locked; else until when it is locked from here on, if this was the last
 */
export async function countAttempt(
  trx: TenantTrx,
  account: { tenantId: string; email: string },
  policy: LockoutPolicy,
): Promise<{ lockedUntil: Date | null } | undefined> {
  const stale = sql`a.last_attempt_at < now() - interval '1 day'`;
  const failures = sql`(case when ${stale} then 0 else a.failures end)`;
  const locks = sql`(case when ${stale} then 0 else a.locks end)`;
  const isLast = sql`${failures} + 1 >= ${policy.failures}`;
  const seconds = sql`least(${policy.maxLockSeconds}::float8, ${policy.lockSeconds}::float8 * power(2, least(${locks}, 30)))`;
  const { rows } = await sql<{ locked_until: Date | null }>`
    insert into login_attempts as a (tenant_id, account_hash, failures)
    values (${account.tenantId}, ${hashOf(account.email)}, 1)
    on conflict (tenant_id, account_hash) do update set
      failures = case when ${isLast} then 0 else ${failures} + 1 end,
      locks = case when ${isLast} then ${locks} + 1 else ${locks} end,
      locked_until = case when ${isLast} then now() + make_interval(secs => ${seconds}) end,
      last_attempt_at = now()
    where a.locked_until is null or a.locked_until <= now()
    returning locked_until
  `.execute(trx);
  const [row] = rows;
  return row && { lockedUntil: row.locked_until };
}

/**
 * Forgets the failures of an account, and unlocks it.
 *
 * @returns whether it was locked
 */
export async function clearAttempts(
  trx: TenantTrx,
  account: { tenantId: string; email: string },
): Promise<boolean> {
  const cleared = await trx
    .deleteFrom("login_attempts")
    .where("account_hash", "=", hashOf(account.email))
    .where("tenant_id", "=", account.tenantId)
    .returning("locked_until")
    .executeTakeFirst();
  return (cleared?.locked_until ?? new Date(0)) > new Date();
}

/** Until when an account is locked; undefined when it is not. */
export async function findLock(
  trx: TenantTrx,
  account: { tenantId: string; email: string },
): Promise<Date | undefined> {
  const found = await trx
    .selectFrom("login_attempts")
    .select("locked_until")
    .where("account_hash", "=", hashOf(account.email))
    .where("tenant_id", "=", account.tenantId)
    .where("locked_until", ">", sql<Date>`now()`)
    .executeTakeFirst();
  return found?.locked_until ?? undefined;
}

function hashOf(email: string): Buffer {
  return createHash("sha256").update(email).digest();
}
