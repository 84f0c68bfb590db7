import type { PlatformTrx } from "@condo/schema";
import { sql } from "kysely";

/** Past this many, rows are not counted on: a look must stay cheap when the backlog is large. */
export const countedAtMost = 100_000;
const destinationsAtMost = 5_000;

/** What waits in Postgres, of all tenants. */
export interface Backlog {
  pending: number;
  /** Of them, those whose destination's breaker is not closed, or that asked for a pause. */
  parked: number;
  /** Destinations with deliveries that are due for more than a minute, though nothing keeps them back. */
  behind: number;
  openBreakers: number;
  halfOpenBreakers: number;
  outbox: number;
  outboxAgeSeconds: number;
  mails: number;
  setAside: number;
}

/** Counts what waits, each up to {@link countedAtMost}. */
export async function readBacklog(trx: PlatformTrx): Promise<Backlog> {
  const { rows } = await sql<Backlog>`
    with recursive waiting as (
      (
        select tenant_id, destination_id from webhook_deliveries
        where status = 'pending' order by tenant_id, destination_id limit 1
      )
      union all
      select later.tenant_id, later.destination_id from waiting cross join lateral (
        select delivery.tenant_id, delivery.destination_id from webhook_deliveries delivery
        where delivery.status = 'pending'
          and (delivery.tenant_id, delivery.destination_id) > (waiting.tenant_id, waiting.destination_id)
        order by delivery.tenant_id, delivery.destination_id limit 1
      ) later
    ), held as (
      select tenant_id, destination_id from circuit_breakers where state <> 'closed' or paused_until > now()
    ), late as (
      select from (select * from waiting limit ${destinationsAtMost}) waiting
      join webhook_destinations destination
        on destination.tenant_id = waiting.tenant_id and destination.id = waiting.destination_id
      where destination.is_active and destination.deleted_at is null
        -- In order, those behind wait for the first, however long it is tried.
        and destination.order_key is null
        and not exists (
          select from held where held.tenant_id = waiting.tenant_id and held.destination_id = waiting.destination_id
        )
        and exists (
          select from webhook_deliveries delivery
          where delivery.tenant_id = waiting.tenant_id and delivery.destination_id = waiting.destination_id
            and delivery.status = 'pending' and delivery.next_attempt_at < now() - interval '1 minute'
        )
    )
    select
      (select count(*)::int from (
        select from webhook_deliveries where status = 'pending' limit ${countedAtMost}
      ) pending) as pending,
      (select count(*)::int from (
        select from held join webhook_deliveries delivery
          on delivery.tenant_id = held.tenant_id and delivery.destination_id = held.destination_id
        where delivery.status = 'pending' limit ${countedAtMost}
      ) parked) as parked,
      (select count(*)::int from late) as behind,
      (select count(*)::int from circuit_breakers where state = 'open') as "openBreakers",
      (select count(*)::int from circuit_breakers where state = 'half_open') as "halfOpenBreakers",
      (select count(*)::int from (
        select from outbox where relayed_at is null limit ${countedAtMost}
      ) unrelayed) as outbox,
      coalesce((
        select extract(epoch from now() - created_at)::float8 from outbox where relayed_at is null order by id limit 1
      ), 0) as "outboxAgeSeconds",
      (select count(*)::int from (select from mails limit ${countedAtMost}) waiting_mails) as mails,
      (select count(*)::int from webhook_poison) as "setAside"
  `.execute(trx);
  const [backlog] = rows;
  if (!backlog) throw new Error("Postgres did not count");
  return backlog;
}
