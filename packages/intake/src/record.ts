import type { PlatformTrx, TenantTrx } from "@condo/schema";
import { sql } from "kysely";
import type { IncomingEvent } from "./entry.ts";

/** A delivery that came into being: an event on its way to one of its destinations. */
export interface NewDelivery {
  id: string;
  tenantId: string;
  destinationId: string;
}

/**
 * Records events in one statement: the receipt that recognises repetitions, the event, and a pending delivery for each
 * destination that takes its type. An event that was recorded before, or repeats one within its window, is passed over;
 * so recording a batch twice, or in two places at once, records it once.
 *
 * @param queuedForMs how long the sweeper trusts the caller to queue the deliveries itself, in milliseconds
 * @returns the new deliveries, and the ids of the events that were new
 */
export async function recordEvents(
  trx: TenantTrx | PlatformTrx,
  events: readonly IncomingEvent[],
  queuedForMs: number,
): Promise<{ deliveries: NewDelivery[]; recorded: Set<string> }> {
  const column = <T>(pick: (event: IncomingEvent) => T) => events.map((event) => pick(event));
  const { rows } = await sql<{
    event_id: string;
    delivery_id: string | null;
    tenant_id: string;
    destination_id: string | null;
  }>`
    with incoming as (
      select distinct on (tenant_id, source_id, dedupe_key) *
      from unnest(
        ${column((event) => event.id)}::uuid[],
        ${column((event) => event.tenantId)}::uuid[],
        ${column((event) => event.sourceId)}::uuid[],
        ${column((event) => event.serviceName)}::text[],
        ${column((event) => event.eventType)}::text[],
        ${column((event) => event.senderEventId)}::text[],
        ${column((event) => event.dedupeKey)}::text[],
        ${column((event) => event.dedupeWindowMs)}::bigint[],
        ${column((event) => event.contentType)}::text[],
        ${column((event) => JSON.stringify(event.headers))}::jsonb[],
        ${column((event) => event.receivedAt)}::timestamptz[],
        ${column((event) => event.body)}::bytea[]
      ) as incoming (id, tenant_id, source_id, service_name, event_type, sender_event_id, dedupe_key, window_ms,
                     content_type, headers, received_at, body)
      order by tenant_id, source_id, dedupe_key, id
    ), fresh as (
      insert into webhook_receipts as receipt (tenant_id, source_id, dedupe_key, event_id, received_at)
      select tenant_id, source_id, dedupe_key, id, received_at from incoming
      on conflict (tenant_id, source_id, dedupe_key) do update
        set event_id = excluded.event_id, received_at = excluded.received_at
        where receipt.received_at < excluded.received_at - (
          select window_ms * interval '1 millisecond' from incoming where id = excluded.event_id
        )
      returning event_id
    ), recorded as (
      insert into webhook_events (id, tenant_id, source_id, service_name, event_type, sender_event_id, content_type,
                                  headers, body, received_at)
      select id, tenant_id, source_id, service_name, event_type, sender_event_id, content_type,
             headers, body, received_at
      from incoming join fresh on fresh.event_id = incoming.id
      returning id, tenant_id, event_type
    ), routed as (
      insert into webhook_deliveries (id, tenant_id, event_id, destination_id, queued_until)
      select delivery_id(recorded.id, destination.id), recorded.tenant_id, recorded.id, destination.id,
             now() + ${queuedForMs} * interval '1 millisecond'
      from recorded
      join webhook_destinations destination on destination.tenant_id = recorded.tenant_id
      where destination.deleted_at is null and destination.is_active
        and event_type_matches(destination.event_types, recorded.event_type)
      returning id, event_id, destination_id
    )
    select recorded.id as event_id, recorded.tenant_id, routed.id as delivery_id, routed.destination_id
    from recorded left join routed on routed.event_id = recorded.id
  `.execute(trx);
  return {
    recorded: new Set(rows.map((row) => row.event_id)),
    deliveries: rows.flatMap((row) =>
      row.delivery_id && row.destination_id
        ? [{ id: row.delivery_id, tenantId: row.tenant_id, destinationId: row.destination_id }]
        : [],
    ),
  };
}
