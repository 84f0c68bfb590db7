import type { Logger } from "@condo/http";
import type { RedisConnection } from "@condo/redis";
import { platformTenant, withPlatform, type Db, type PlatformTrx } from "@condo/schema";
import { ensurePlatformTenant, takeStep } from "@condo/tenancy";
import { sql } from "kysely";
import { erase } from "./erasure/erase-tenant.ts";
import { pause } from "./pause.ts";

const by = {
  actor: { type: "service", id: "worker", requestId: null, address: null },
  isOperator: false,
} as const;

export interface FollowTenantsOptions {
  db: Db;
  redis: RedisConnection;
  shards: number;
  /** How often is looked, in milliseconds. */
  everyMs: number;
  logger: Logger;
  signal: AbortSignal;
}

/** Does with tenants what time does, until `signal` aborts: ends trials, and erases what was to be erased. */
export async function followTenants(options: FollowTenantsOptions): Promise<void> {
  const { db, logger, signal } = options;
  while (!signal.aborted) {
    try {
      let id;
      while (!signal.aborted && (id = await withPlatform(db, endTrial))) {
        logger.info({ tenant_id: id }, "a trial has ended");
      }
      while (!signal.aborted && (id = await withPlatform(db, beginErasure))) {
        logger.info({ tenant_id: id }, "a tenant is closed, and is being erased");
      }
      for (const tenantId of await unfinished(db)) await goOnErasing(options, tenantId);
    } catch (err) {
      if (signal.aborted) return;
      logger.warn({ err }, "follow tenants");
    }
    await pause(options.everyMs, signal);
  }
}

/** What stands in one tenant's way keeps no other waiting. */
async function goOnErasing(options: FollowTenantsOptions, tenantId: string): Promise<void> {
  if (options.signal.aborted) return;
  try {
    const certificate = await erase(options, tenantId);
    if (certificate) options.logger.info({ ...certificate }, "a tenant was erased");
  } catch (err) {
    if (!options.signal.aborted)
      options.logger.error({ err, tenant_id: tenantId }, "erasing has to go on later");
  }
}

/** Suspends a tenant whose trial is over. @returns which; undefined when there is none */
async function endTrial(trx: PlatformTrx): Promise<string | undefined> {
  const due = await trx
    .selectFrom("tenants")
    .select("id")
    .where("status", "=", "trial")
    .where("trial_ends_at", "<=", sql<Date>`now()`)
    .limit(1)
    .forNoKeyUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (due) await takeStep(trx, due.id, "suspend", { ...by, reason: "The trial has ended" });
  return due?.id;
}

/** Closes a tenant whose grace is over: from then on nothing brings it back. */
async function beginErasure(trx: PlatformTrx): Promise<string | undefined> {
  const due = await trx
    .selectFrom("tenants")
    .selectAll()
    .where("status", "=", "closing")
    .where("erase_after", "<=", sql<Date>`now()`)
    .limit(1)
    .forNoKeyUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (!due) return undefined;
  await ensurePlatformTenant(trx);
  await takeStep(trx, due.id, "erase", by);
  await trx
    .insertInto("tenant_erasures")
    .values({
      tenant_id: platformTenant.id,
      erased_tenant_id: due.id,
      slug: due.slug,
      requested_by: due.closing_by ?? "",
      requested_at: due.status_changed_at,
    })
    .execute();
  return due.id;
}

async function unfinished(db: Db): Promise<string[]> {
  const rows = await withPlatform(db, (trx) =>
    trx
      .selectFrom("tenant_erasures")
      .select("erased_tenant_id")
      .where("finished_at", "is", null)
      .orderBy("started_at")
      .execute(),
  );
  return rows.map(({ erased_tenant_id: id }) => id);
}
