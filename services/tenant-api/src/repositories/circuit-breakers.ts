import type { BreakerState, TenantReader, TenantTrx } from "@condo/schema";
import { sql } from "kysely";

/** A destination's breaker; one that never failed is closed. */
export interface BreakerRow {
  /** Of the destination. */
  id: string;
  destination_name: string;
  state: BreakerState;
  forced: boolean;
  failures: number;
  opened_at: Date | null;
  retry_at: Date | null;
  failing_since: Date | null;
  paused_until: Date | null;
  updated_at: Date | null;
}

function breakers(trx: TenantReader) {
  return trx
    .selectFrom("webhook_destinations as destination")
    .leftJoin("circuit_breakers as breaker", (join) =>
      join
        .onRef("breaker.tenant_id", "=", "destination.tenant_id")
        .onRef("breaker.destination_id", "=", "destination.id"),
    )
    .select(["destination.id", "destination.name as destination_name"])
    .select((column) => [
      column.fn.coalesce("breaker.state", sql.lit<BreakerState>("closed")).as("state"),
      column.fn.coalesce("breaker.forced", sql.lit(false)).as("forced"),
      column.fn.coalesce("breaker.failures", sql.lit(0)).as("failures"),
    ])
    .select(["opened_at", "retry_at", "failing_since", "paused_until", "breaker.updated_at"])
    .where("destination.deleted_at", "is", null);
}

export async function listBreakers(
  trx: TenantReader,
  filter: { after: string | undefined; limit: number; state: BreakerState | undefined },
): Promise<BreakerRow[]> {
  let query = breakers(trx);
  if (filter.after) query = query.where("destination.id", "<", filter.after);
  if (filter.state) {
    query = query.where((column) =>
      column(column.fn.coalesce("breaker.state", sql.lit<BreakerState>("closed")), "=", filter.state ?? null),
    );
  }
  return query
    .orderBy("destination.id", "desc")
    .limit(filter.limit + 1)
    .execute();
}

export async function findBreaker(trx: TenantTrx, destinationId: string): Promise<BreakerRow | undefined> {
  return breakers(trx).where("destination.id", "=", destinationId).executeTakeFirst();
}

const closed = {
  state: "closed",
  forced: false,
  failures: 0,
  opened_at: null,
  retry_at: null,
  failing_since: null,
  paused_until: null,
} as const;

/** Closes a breaker and forgets what it had seen. */
export async function resetBreaker(trx: TenantTrx, tenantId: string, destinationId: string): Promise<void> {
  await setBreaker(trx, tenantId, destinationId, closed);
}

/** Opens a breaker until it is reset. */
export async function forceBreakerOpen(
  trx: TenantTrx,
  tenantId: string,
  destinationId: string,
): Promise<void> {
  await setBreaker(trx, tenantId, destinationId, {
    state: "open",
    forced: true,
    opened_at: new Date(),
    retry_at: null,
  });
}

async function setBreaker(
  trx: TenantTrx,
  tenantId: string,
  destinationId: string,
  change: Partial<typeof closed> | { state: "open"; forced: true; opened_at: Date; retry_at: null },
): Promise<void> {
  const values = { ...change, updated_at: sql<Date>`clock_timestamp()` };
  await trx
    .insertInto("circuit_breakers")
    .values({ ...closed, ...values, tenant_id: tenantId, destination_id: destinationId })
    .onConflict((conflict) => conflict.columns(["tenant_id", "destination_id"]).doUpdateSet(values))
    .execute();
}
