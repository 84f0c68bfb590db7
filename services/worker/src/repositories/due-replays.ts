import type { PlatformTrx, Replay } from "@condo/schema";
import { sql } from "kysely";

/** Takes a running replay whose next step is due and that no other worker has in hand. */
export async function lockDueReplay(trx: PlatformTrx): Promise<Replay | undefined> {
  return trx
    .selectFrom("replays")
    .selectAll()
    .where("status", "=", "running")
    .where("next_step_at", "<=", sql<Date>`now()`)
    .orderBy("next_step_at")
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
}

/** How long until a replay is due, in milliseconds; Infinity when none is running. */
export async function nextReplayInMs(trx: PlatformTrx): Promise<number> {
  const { rows } = await sql<{ wait: number | null }>`
    select (extract(epoch from min(next_step_at) - now()) * 1000)::float as wait from replays where status = 'running'
  `.execute(trx);
  const wait = rows[0]?.wait;
  return wait === null || wait === undefined ? Number.POSITIVE_INFINITY : Math.max(wait, 1);
}

/**
 * Makes the next letters of a replay pending again, those alone that were dead when it was asked for. Fewer than asked for
 * means that they were the last: the replay is done then.
 *
 * @param pauseMs until the step after this one
 * @returns how many
 */
export async function sendSomeAgain(
  trx: PlatformTrx,
  replay: Replay,
  letters: number,
  pauseMs: number,
): Promise<number> {
  const { rows } = await sql<{ sent: number }>`
    with meant as (
      select delivery.tenant_id, delivery.id
      from webhook_deliveries delivery
      join webhook_destinations destination
        on destination.tenant_id = delivery.tenant_id and destination.id = delivery.destination_id
      join webhook_events event on event.tenant_id = delivery.tenant_id and event.id = delivery.event_id
      join replays replay on replay.tenant_id = delivery.tenant_id and replay.id = ${replay.id}
      where delivery.tenant_id = ${replay.tenant_id} and delivery.status = 'dead' and destination.deleted_at is null
        and delivery.completed_at <= replay.created_at
        and (replay.after_delivery_id is null or delivery.id > replay.after_delivery_id)
        and (replay.destination_id is null or delivery.destination_id = replay.destination_id)
        and (replay.event_type is null or event_type_matches(array[replay.event_type], event.event_type))
        and (replay.since is null or event.received_at >= replay.since)
        and (replay.until is null or event.received_at < replay.until)
      order by delivery.id
      limit ${letters}
      for update of delivery
    ), sent as (
      update webhook_deliveries delivery
      set status = 'pending', attempts_before = delivery.attempts, next_attempt_at = now(), lease_until = null,
          completed_at = null
      from meant
      where delivery.tenant_id = meant.tenant_id and delivery.id = meant.id
      returning delivery.id
    ), progress as (
      select count(*)::integer as sent, (array_agg(id order by id desc))[1] as last from sent
    ), noted as (
      update replays replay
      set replayed = replay.replayed + progress.sent,
          total = greatest(replay.total, replay.replayed + progress.sent),
          after_delivery_id = coalesce(progress.last, replay.after_delivery_id),
          next_step_at = now() + ${pauseMs} * interval '1 millisecond',
          status = case when progress.sent < ${letters} then 'done' else 'running' end,
          finished_at = case when progress.sent < ${letters} then now() end
      from progress
      where replay.tenant_id = ${replay.tenant_id} and replay.id = ${replay.id}
    )
    select sent from progress
  `.execute(trx);
  return rows[0]?.sent ?? 0;
}
