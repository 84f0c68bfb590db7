import { newId, type Replay, type ReplayStatus, type TenantReader, type TenantTrx } from "@condo/schema";
import type { DeadLetterFilter } from "./webhook-deliveries.ts";

export async function insertReplay(
  trx: TenantTrx,
  replay: { tenantId: string; filter: DeadLetterFilter; ratePerSecond: number; total: number },
): Promise<Replay> {
  const { filter } = replay;
  return trx
    .insertInto("replays")
    .values({
      id: newId(),
      tenant_id: replay.tenantId,
      destination_id: filter.destinationId ?? null,
      event_type: filter.eventType ?? null,
      since: filter.since ?? null,
      until: filter.until ?? null,
      rate_per_second: replay.ratePerSecond,
      total: replay.total,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function countRunningReplays(trx: TenantTrx): Promise<number> {
  const { count } = await trx
    .selectFrom("replays")
    .select((column) => column.fn.countAll<string>().as("count"))
    .where("status", "=", "running")
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function listReplays(
  trx: TenantReader,
  filter: { after: string | undefined; limit: number; status: ReplayStatus | undefined },
): Promise<Replay[]> {
  let query = trx.selectFrom("replays").selectAll();
  if (filter.status) query = query.where("status", "=", filter.status);
  if (filter.after) query = query.where("id", "<", filter.after);
  return query
    .orderBy("id", "desc")
    .limit(filter.limit + 1)
    .execute();
}

export async function findReplay(trx: TenantReader, id: string): Promise<Replay | undefined> {
  return trx.selectFrom("replays").selectAll().where("id", "=", id).executeTakeFirst();
}

/** @returns undefined when it is not running */
export async function cancelReplay(trx: TenantTrx, id: string): Promise<Replay | undefined> {
  return trx
    .updateTable("replays")
    .set({ status: "cancelled", finished_at: new Date() })
    .where("id", "=", id)
    .where("status", "=", "running")
    .returningAll()
    .executeTakeFirst();
}
