import type { PlatformTrx, TenantDomain } from "@condo/schema";
import { sql } from "kysely";

/**
 * Takes the verified domains that have waited longest for a check, those that another worker takes at this moment
 * excepted. For `leaseMs` nobody else takes them, and whoever takes or proves them then ends this claim.
 */
export async function claimDueDomains(
  trx: PlatformTrx,
  limit: number,
  leaseMs: number,
): Promise<TenantDomain[]> {
  // In whole milliseconds, as a Date has them: it is what the claim is known by.
  const { rows } = await sql<TenantDomain>`
    with due as (
      select tenant_id, domain from tenant_domains
      where status = 'verified' and next_check_at <= now()
      order by next_check_at
      limit ${limit}
      for no key update skip locked
    )
    update tenant_domains claimed
    set next_check_at = date_trunc('milliseconds', now() + ${leaseMs} * interval '1 millisecond')
    from due
    where claimed.tenant_id = due.tenant_id and claimed.domain = due.domain
    returning claimed.*
  `.execute(trx);
  return rows;
}

/** @returns undefined when the claim is over: it was proven anew, removed, or is checked by another */
export async function lockClaimedDomain(
  trx: PlatformTrx,
  claim: TenantDomain,
): Promise<TenantDomain | undefined> {
  return trx
    .selectFrom("tenant_domains")
    .selectAll()
    .where("tenant_id", "=", claim.tenant_id)
    .where("domain", "=", claim.domain)
    .where("token", "=", claim.token)
    .where("status", "=", "verified")
    .where("next_check_at", "=", claim.next_check_at)
    .forUpdate()
    .executeTakeFirst();
}

/** Notes that the record is there. */
export async function domainIsProven(trx: PlatformTrx, row: TenantDomain, everyMs: number): Promise<void> {
  await trx
    .updateTable("tenant_domains")
    .set({
      checked_at: sql<Date>`now()`,
      next_check_at: nextCheck(everyMs),
      missing_checks: 0,
      missing_since: null,
    })
    .where("tenant_id", "=", row.tenant_id)
    .where("domain", "=", row.domain)
    .execute();
}

/** Notes that there is no record. @returns how often in a row that was so, and for how long */
export async function domainIsMissing(
  trx: PlatformTrx,
  row: TenantDomain,
  everyMs: number,
): Promise<{ missing_checks: number; missing_ms: number }> {
  return trx
    .updateTable("tenant_domains")
    .set({
      checked_at: sql<Date>`now()`,
      next_check_at: nextCheck(everyMs),
      missing_checks: sql<number>`missing_checks + 1`,
      missing_since: sql<Date>`coalesce(missing_since, now())`,
    })
    .where("tenant_id", "=", row.tenant_id)
    .where("domain", "=", row.domain)
    .returning([
      "missing_checks",
      sql<number>`extract(epoch from now() - missing_since)::float8 * 1000`.as("missing_ms"),
    ])
    .executeTakeFirstOrThrow();
}

const nextCheck = (everyMs: number) =>
  sql<Date>`now() + ${everyMs} * (1 + random() / 10) * interval '1 millisecond'`;
