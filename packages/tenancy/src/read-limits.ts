import type { PlatformTrx, TenantTrx } from "@condo/schema";
import { sql } from "kysely";
import { limitsOf, type Feature, type Limits } from "./limits.ts";
import { featureMissing, quotaReached } from "./problems.ts";

/** What a tenant may have at this moment. */
export async function readLimits(trx: TenantTrx | PlatformTrx, tenantId: string): Promise<Limits> {
  const row = await trx
    .selectFrom("tenants")
    .innerJoin("plans", "plans.name", "tenants.plan")
    .select(["plans.limits", "tenants.limit_overrides"])
    .where("tenants.id", "=", tenantId)
    .executeTakeFirst();
  return limitsOf(row?.limits ?? {}, row?.limit_overrides ?? {});
}

/** Quotas of things that stay until they are deleted, and where these are. */
const counted = {
  users: "users",
  sources: "webhook_sources",
  destinations: "webhook_destinations",
} as const;

export type CountedQuota = keyof typeof counted;

export async function countOf(
  trx: TenantTrx | PlatformTrx,
  tenantId: string,
  quota: CountedQuota,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count from ${sql.table(counted[quota])}
    where tenant_id = ${tenantId} and deleted_at is null
  `.execute(trx);
  return rows[0]?.count ?? 0;
}

/**
 * How many more the tenant may have; null for as many as it likes. Until the transaction ends nobody else gets an answer
 * for the same quota, so what is made within it is counted by the next.
 */
export async function roomFor(
  trx: TenantTrx | PlatformTrx,
  tenantId: string,
  quota: CountedQuota,
): Promise<{ room: number; limit: number } | null> {
  const limit = (await readLimits(trx, tenantId))[quota];
  if (limit === null) return null;
  await sql`
    select pg_advisory_xact_lock(hashtext(${`condo quota ${quota}`}), hashtext(${tenantId}))
  `.execute(trx);
  return { room: Math.max(0, limit - (await countOf(trx, tenantId, quota))), limit };
}

/**
 * Before one more is made, in the transaction that makes it.
 *
 * @throws Problem 402 when the plan has no room for it
 */
export async function assertRoom(
  trx: TenantTrx | PlatformTrx,
  tenantId: string,
  quota: CountedQuota,
): Promise<void> {
  const found = await roomFor(trx, tenantId, quota);
  if (found?.room === 0) throw quotaReached(quota, found.limit);
}

/** @throws Problem 403 when the plan does not include it */
export async function assertFeature(
  trx: TenantTrx | PlatformTrx,
  tenantId: string,
  feature: Feature,
): Promise<void> {
  if (!(await readLimits(trx, tenantId))[feature]) throw featureMissing(feature);
}
