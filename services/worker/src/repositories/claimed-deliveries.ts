import type { PlatformTrx } from "@condo/schema";
import { sql, type RawBuilder } from "kysely";
import { isPending } from "./delivery-results.ts";

/** A delivery that this worker alone may send, until its lease ends. */
export interface ClaimedDelivery {
  id: string;
  tenant_id: string;
  event_id: string;
  destination_id: string;
  /** How often it was tried before. */
  attempts: number;
  /** How many of these before its last replay. */
  attempts_before: number;
  event_type: string;
  service_name: string;
  content_type: string | null;
  body: Buffer;
  /** When the webhook was accepted. */
  received_at: Date;
  /** Of the trace that its acceptance is a part of; null for one that was not traced. */
  traceparent: string | null;
  retention_days: number;
}

const isDue = sql`
  delivery.next_attempt_at <= now() and (delivery.lease_until is null or delivery.lease_until <= now())`;

const wanted = sql`
  delivery.tenant_id, delivery.id, delivery.event_id, delivery.next_attempt_at, delivery.retention_days`;

/** For a tenant that is suspended or closing nothing is sent: its deliveries wait. */
const isOpen = (tenantId: string) =>
  sql`exists (select from tenants where tenants.id = ${tenantId} and tenants.status in ('trial', 'active'))`;

interface Claim {
  tenantId: string;
  destinationId: string;
  limit: number;
  /** Of bodies, at most. */
  bytes: number;
  leaseMs: number;
}

interface Claimed<T> {
  deliveries: T[];
  /** There may be more that is due. */
  isMore: boolean;
}

/** Leases deliveries of a destination that are due and wait for no other, the longest due first. */
export async function claimDue(trx: PlatformTrx, claim: Claim): Promise<Claimed<ClaimedDelivery>> {
  return lease(
    trx,
    claim,
    sql`
      select ${wanted} from webhook_deliveries delivery
      where delivery.tenant_id = ${claim.tenantId} and delivery.destination_id = ${claim.destinationId}
        and delivery.status = 'pending' and ${isDue} and delivery.order_key is null and ${isOpen(claim.tenantId)}
      order by delivery.next_attempt_at
      limit ${claim.limit}
      for update skip locked
    `,
  );
}

/**
 * As {@link claimDue}, for deliveries with an order key: of each key the first that is not over, where that is due.
 *
 * @param claim.afterKey keys behind this one are looked at
 * @param claim.recordedBefore nothing that was taken in before these can be missing in Postgres
 */
export async function claimHeads(
  trx: PlatformTrx,
  claim: Claim & { afterKey: string; recordedBefore: Date },
): Promise<Claimed<ClaimedDelivery & { order_key: string }>> {
  const first = (key: RawBuilder<unknown>) => sql`
    select delivery.id, delivery.order_key from webhook_deliveries delivery
    where delivery.tenant_id = ${claim.tenantId} and delivery.destination_id = ${claim.destinationId}
      and delivery.status = 'pending' and delivery.order_key > ${key}
    order by delivery.order_key, delivery.event_id
    limit 1`;
  const claimed = await lease(
    trx,
    claim,
    sql`
      select ${wanted} from webhook_deliveries delivery
      where delivery.tenant_id = ${claim.tenantId} and delivery.id in (
        with recursive head as (
          (${first(sql`${claim.afterKey}`)})
          union all
          select later.* from head cross join lateral (${first(sql`head.order_key`)}) later
        )
        select head.id from head
        join webhook_deliveries delivery on delivery.tenant_id = ${claim.tenantId} and delivery.id = head.id
        where ${isPending} and ${isDue} and delivery.created_at <= ${claim.recordedBefore} and ${isOpen(claim.tenantId)}
        limit ${claim.limit}
      ) and ${isPending} and ${isDue}
      for update skip locked
    `,
  );
  return claimed as Claimed<ClaimedDelivery & { order_key: string }>;
}

/**
 * Leases as many of the free deliveries as there is room for their bodies, and one at least. The others are unlocked with
 * the transaction. Of a body that is stored apart its length is known without reading it.
 */
async function lease(
  trx: PlatformTrx,
  { limit, leaseMs, bytes }: Claim,
  free: RawBuilder<unknown>,
): Promise<Claimed<ClaimedDelivery>> {
  const { rows } = await sql<
    (ClaimedDelivery | (Omit<ClaimedDelivery, "body"> & { body: null })) & { found: number }
  >`
    with free as (${free}), sized as (
      select free.tenant_id, free.id, event.event_type, event.service_name, event.content_type, event.body,
        event.received_at, event.headers ->> 'traceparent' as traceparent,
        sum(octet_length(event.body)) over in_order as up_to, row_number() over in_order as place
      from free left join webhook_events event on event.tenant_id = free.tenant_id and event.id = free.event_id
        and event.retention_days = free.retention_days
      window in_order as (order by free.next_attempt_at, free.event_id rows unbounded preceding)
    ), claimed as (
      update webhook_deliveries delivery
      set lease_until = now() + ${leaseMs} * interval '1 millisecond'
      from sized
      where delivery.tenant_id = sized.tenant_id and delivery.id = sized.id
        and (sized.place = 1 or coalesce(sized.up_to, 0) <= ${bytes})
      returning delivery.id, delivery.tenant_id, delivery.event_id, delivery.destination_id, delivery.attempts,
        delivery.attempts_before, delivery.order_key, delivery.retention_days, sized.event_type, sized.service_name,
        sized.content_type, sized.body, sized.received_at, sized.traceparent, sized.place
    )
    select claimed.*, (select count(*)::int from free) as found from claimed order by place
  `.execute(trx);
  const eventless = rows.filter((row) => row.body === null);
  if (eventless.length > 0) await discardClaims(trx, eventless, "Its event is not kept any longer");
  const found = rows[0]?.found ?? 0;
  return {
    deliveries: rows.filter((row) => row.body !== null),
    isMore: found === limit || found > rows.length,
  };
}

/** Gives leases back without an attempt. */
export async function releaseDeliveries(
  trx: PlatformTrx,
  deliveries: readonly { id: string; tenant_id: string }[],
): Promise<void> {
  await sql`
    update webhook_deliveries delivery set lease_until = null
    from unnest(${deliveries.map((delivery) => delivery.tenant_id)}::uuid[], ${deliveries.map(({ id }) => id)}::uuid[])
      as released (tenant_id, id)
    where delivery.tenant_id = released.tenant_id and delivery.id = released.id and ${isPending}
  `.execute(trx);
}

/** Ends claims whose event is not kept any longer. */
async function discardClaims(
  trx: PlatformTrx,
  deliveries: readonly { id: string; tenant_id: string }[],
  reason: string,
): Promise<void> {
  await sql`
    update webhook_deliveries delivery
    set status = 'discarded', discard_reason = ${reason}, lease_until = null, completed_at = now()
    from unnest(${deliveries.map((delivery) => delivery.tenant_id)}::uuid[], ${deliveries.map(({ id }) => id)}::uuid[])
      as gone (tenant_id, id)
    where delivery.tenant_id = gone.tenant_id and delivery.id = gone.id and ${isPending}
  `.execute(trx);
}

/** Ends what waits for a destination that is gone. @returns how many; fewer than `limit` when that was all */
export async function discardWaiting(
  trx: PlatformTrx,
  destination: { id: string; tenantId: string },
  reason: string,
  limit: number,
): Promise<number> {
  const { rows } = await sql`
    update webhook_deliveries delivery
    set status = 'discarded', discard_reason = ${reason}, lease_until = null, completed_at = now()
    from (
      select tenant_id, id from webhook_deliveries
      where tenant_id = ${destination.tenantId} and destination_id = ${destination.id} and status = 'pending'
        and (lease_until is null or lease_until <= now())
      limit ${limit} for update skip locked
    ) waiting
    where delivery.tenant_id = waiting.tenant_id and delivery.id = waiting.id
    returning delivery.id
  `.execute(trx);
  return rows.length;
}
