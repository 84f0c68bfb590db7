import { createHash } from "node:crypto";
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
 * Records events: the receipt that recognises repetitions, the event, and a pending delivery for each destination that
 * takes its type. An event that was recorded before, or repeats one within its window, is passed over; so recording a
 * batch twice, or in two places at once, records it once.
 *
 * @param queuedForMs how long the sweeper trusts the caller to queue the deliveries itself, in milliseconds
 * @returns the new deliveries, and the ids of the events that were new
 */
export async function recordEvents(
  trx: TenantTrx | PlatformTrx,
  events: readonly IncomingEvent[],
  queuedForMs: number,
): Promise<{ deliveries: NewDelivery[]; recorded: Set<string> }> {
  const deliveries: NewDelivery[] = [];
  const recorded = new Set<string>();
  for (const round of withoutRepetitions(events)) {
    for (const row of await recordDistinct(trx, round, queuedForMs)) {
      recorded.add(row.event_id);
      if (row.delivery_id && row.destination_id)
        deliveries.push({
          id: row.delivery_id,
          tenantId: row.tenant_id,
          destinationId: row.destination_id,
        });
    }
  }
  return { deliveries, recorded };
}

/**
 * Parts a batch so that no dedupe key stands twice in a part: after a long outage a batch may hold an event and one that
 * repeats it after the window, which is an event of its own. One part, but for that.
 */
function withoutRepetitions(events: readonly IncomingEvent[]): IncomingEvent[][] {
  const parts: IncomingEvent[][] = [];
  const timesSeen = new Map<string, number>();
  for (const event of events) {
    const key = `${event.tenantId} ${event.sourceId} ${dedupeKeyOf(event)}`;
    const times = timesSeen.get(key) ?? 0;
    timesSeen.set(key, times + 1);
    (parts[times] ??= []).push(event);
  }
  return parts;
}

const dedupeKeyLimit = 300;

/** The key as its column can hold it, whatever a sender chose: an event that was acknowledged must not fail here. */
function dedupeKeyOf(event: IncomingEvent): string {
  const key = storable(event.dedupeKey);
  return key.length <= dedupeKeyLimit ? key : `sha256:${createHash("sha256").update(key).digest("hex")}`;
}

/** Text without what Postgres can't hold: NUL and halves of surrogate pairs. */
function storable<T extends string | null>(text: T): T {
  return text === null ? text : (text.toWellFormed().replaceAll("\0", "\uFFFD") as T);
}

function headersOf(event: IncomingEvent): string {
  return JSON.stringify(
    Object.fromEntries(
      Object.entries(event.headers).map(([name, value]) => [storable(name), storable(value)]),
    ),
  );
}

interface RecordedRow {
  event_id: string;
  tenant_id: string;
  delivery_id: string | null;
  destination_id: string | null;
}

/** One statement for events of which no two have the same dedupe key. A row for each delivery, or for an event without. */
async function recordDistinct(
  trx: TenantTrx | PlatformTrx,
  events: readonly IncomingEvent[],
  queuedForMs: number,
): Promise<RecordedRow[]> {
  const column = <T>(pick: (event: IncomingEvent) => T) => events.map((event) => pick(event));
  const { rows } = await sql<RecordedRow>`
    with incoming as (
      select *
      from unnest(
        ${column((event) => event.id)}::uuid[],
        ${column((event) => event.tenantId)}::uuid[],
        ${column((event) => event.sourceId)}::uuid[],
        ${column((event) => storable(event.serviceName))}::text[],
        ${column((event) => storable(event.eventType))}::text[],
        ${column((event) => storable(event.senderEventId))}::text[],
        ${column(dedupeKeyOf)}::text[],
        ${column((event) => event.dedupeWindowMs)}::bigint[],
        ${column((event) => storable(event.contentType))}::text[],
        ${column(headersOf)}::jsonb[],
        ${column((event) => event.receivedAt)}::timestamptz[],
        ${column((event) => event.body)}::bytea[]
      ) as incoming (id, tenant_id, source_id, service_name, event_type, sender_event_id, dedupe_key, window_ms,
                     content_type, headers, received_at, body)
      -- Two that record the same receipts at once lock them in the same order.
      order by tenant_id, source_id, dedupe_key
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
      -- An event outlives its receipt, which is pruned by window: it may come again, when its drain died half-way.
      on conflict (tenant_id, id) do nothing
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
  return rows;
}
