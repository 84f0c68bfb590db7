import { createHash } from "node:crypto";
import { filterSchema, matchesFilter, orderKeyOf, parsePayload } from "@condo/routing";
import { storable, type PlatformTrx, type TenantTrx } from "@condo/schema";
import { sql, type RawBuilder } from "kysely";
import type { IncomingEvent } from "./entry.ts";

/** A delivery that came into being: an event on its way to one of its destinations. */
export interface NewDelivery {
  id: string;
  tenantId: string;
  destinationId: string;
  eventId: string;
  retentionDays: number;
  /**
   * For how long it is leased to the caller, who sends it. Null for the others, which are found by whoever looks for due
   * deliveries.
   */
  leaseMs: number | null;
}

/** Which new deliveries the caller sends itself, and for how long nobody else does. */
export interface Lease {
  forMs: number;
  /** The same for a destination that has a timeout of its own: so much longer than that. */
  pastTimeoutMs: number;
  /** Tenants, and single destinations, whose deliveries the caller leaves to others. */
  exceptTenants: readonly string[];
  exceptDestinations: readonly string[];
}

/**
 * Records events: the receipt that recognises repetitions, the event, and a pending delivery for each destination that
 * takes it. An event that was recorded before, or repeats one within its window, is passed over; so recording a batch
 * twice, or in two places at once, records it once.
 *
 * @param lease for a caller that sends deliveries; those that wait for others by their order key are never leased here
 * @returns the new deliveries, and the ids of the events that were new
 */
export async function recordEvents(
  trx: TenantTrx | PlatformTrx,
  events: readonly IncomingEvent[],
  lease?: Lease,
): Promise<{ deliveries: NewDelivery[]; recorded: Set<string> }> {
  const deliveries: NewDelivery[] = [];
  const recorded = new Set<string>();
  for (const round of withoutRepetitions(events)) {
    const undecided: RecordedRow[] = [];
    for (const row of await recordDistinct(trx, round, lease)) {
      recorded.add(row.event_id);
      if (!row.destination_id) continue;
      if (row.delivery_id) deliveries.push(deliveryOf(row, row.delivery_id));
      else undecided.push(row);
    }
    if (undecided.length > 0) {
      deliveries.push(...(await insertDeliveries(trx, routesByPayload(round, undecided), lease)));
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
    const key = `${event.tenantId} ${event.sourceId} ${receiptKeyOf(event)}`;
    const times = timesSeen.get(key) ?? 0;
    timesSeen.set(key, times + 1);
    (parts[times] ??= []).push(event);
  }
  return parts;
}

const dedupeKeyLimit = 300;

/** The key as its column can hold it, whatever a sender chose: an event that was acknowledged must not fail here. */
export function receiptKeyOf(event: IncomingEvent): string {
  const key = storable(event.dedupeKey);
  return key.length <= dedupeKeyLimit ? key : `sha256:${createHash("sha256").update(key).digest("hex")}`;
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
  retention_days: number;
  /** Null for an event that no destination takes. */
  destination_id: string | null;
  /** Null where the payload has its say. */
  delivery_id: string | null;
  lease_ms: number | null;
  timeout_ms: number | null;
  filter: unknown;
  order_key: string | null;
}

function deliveryOf(row: RecordedRow, id: string): NewDelivery {
  return {
    id,
    tenantId: row.tenant_id,
    destinationId: row.destination_id ?? "",
    eventId: row.event_id,
    retentionDays: row.retention_days,
    leaseMs: row.lease_ms,
  };
}

/** Those that record at the same time add to different rows, so that none waits for another. */
const usageSlots = 16;

/** Nothing is sent for a tenant that is suspended or closing: its deliveries wait. */
function isOpen(tenantId: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`exists (select from tenants open where open.id = ${tenantId} and open.status in ('trial', 'active'))`;
}

/** One statement for events of which no two have the same dedupe key. A row for each route, or for an event without. */
async function recordDistinct(
  trx: TenantTrx | PlatformTrx,
  events: readonly IncomingEvent[],
  lease: Lease | undefined,
): Promise<RecordedRow[]> {
  const column = <T>(pick: (event: IncomingEvent) => T) => events.map((event) => pick(event));
  const { rows } = await sql<RecordedRow>`
    with incoming as (
      select id, tenant_id, source_id, service_name, event_type, sender_event_id, dedupe_key, window_ms, content_type,
             headers, received_at, body
      from unnest(
        ${column((event) => event.id)}::uuid[],
        ${column((event) => event.tenantId)}::uuid[],
        ${column((event) => event.sourceId)}::uuid[],
        ${column((event) => storable(event.serviceName))}::text[],
        ${column((event) => storable(event.eventType))}::text[],
        ${column((event) => storable(event.senderEventId))}::text[],
        ${column(receiptKeyOf)}::text[],
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
                                  headers, body, received_at, retention_days)
      select incoming.id, incoming.tenant_id, source_id, service_name, event_type, sender_event_id, content_type,
             headers, body, received_at, coalesce(tenant.event_retention_days, 30)
      from incoming join fresh on fresh.event_id = incoming.id left join tenants tenant on tenant.id = incoming.tenant_id
      -- An event outlives its receipt, which is pruned by window: it may come again, when its drain died half-way.
      on conflict do nothing
      returning id, tenant_id, event_type, service_name, retention_days
    ), counted as (
      insert into tenant_usage as usage (tenant_id, month, slot, events)
      select tenant_id, date_trunc('month', incoming.received_at at time zone 'UTC')::date, pg_backend_pid() % ${usageSlots}, count(*)
      from recorded join incoming using (id, tenant_id)
      group by 1, 2
      -- Two that count the same tenants at once lock them in the same order.
      order by 1, 2
      on conflict (tenant_id, month, slot) do update set events = usage.events + excluded.events
    ), routes as (
      select recorded.id as event_id, recorded.tenant_id, destination.id as destination_id, destination.filter,
             destination.order_key, destination.timeout_ms, recorded.retention_days,
             destination.filter <> '[]' or destination.order_key is not null as asks_payload
      from recorded
      join webhook_destinations destination on destination.tenant_id = recorded.tenant_id
      where destination.deleted_at is null and destination.is_active
        and event_type_matches(destination.event_types, recorded.event_type)
        and (destination.services @> '{*}' or recorded.service_name = any (destination.services))
    ), delivering as (
      insert into webhook_deliveries (id, tenant_id, event_id, destination_id, retention_days, lease_until)
      select delivery_id(event_id, destination_id), tenant_id, event_id, destination_id, retention_days,
             case when ${isOpen(sql`routes.tenant_id`)} then ${leaseUntil(lease)} end
      from routes where not asks_payload
      returning id, event_id, destination_id, ${leaseMs}
    )
    select recorded.id as event_id, recorded.tenant_id, recorded.retention_days, routes.destination_id, delivering.id as delivery_id,
           delivering.lease_ms, routes.timeout_ms, routes.filter, routes.order_key
    from recorded
    left join routes on routes.event_id = recorded.id
    left join delivering on delivering.event_id = recorded.id and delivering.destination_id = routes.destination_id
  `.execute(trx);
  return rows;
}

function leaseUntil(lease: Lease | undefined): RawBuilder<unknown> {
  if (!lease) return sql`null::timestamptz`;
  return sql`case when destination_id = any (${[...lease.exceptDestinations]}::uuid[])
      or tenant_id = any (${[...lease.exceptTenants]}::uuid[]) then null
    else now() + coalesce(timeout_ms + ${lease.pastTimeoutMs}::integer, ${lease.forMs}::integer) * interval '1 millisecond' end`;
}

const leaseMs = sql`(extract(epoch from lease_until - now()) * 1000)::integer as lease_ms`;

interface Route {
  row: RecordedRow;
  orderKey: string | null;
}

/** The routes whose filter the payload meets, with the order key that it gives. */
function routesByPayload(events: readonly IncomingEvent[], rows: readonly RecordedRow[]): Route[] {
  const bodies = new Map(events.map((event) => [event.id, event.body]));
  const payloads = new Map<string, unknown>();
  const routes: Route[] = [];
  for (const row of rows) {
    if (!payloads.has(row.event_id)) {
      payloads.set(row.event_id, parsePayload(bodies.get(row.event_id) ?? Buffer.alloc(0)));
    }
    const payload = payloads.get(row.event_id);
    const filter = filterSchema.safeParse(row.filter);
    // A filter of a newer version, which this one can't read, is no reason to keep the event from its destination.
    if (filter.success && !matchesFilter(filter.data, payload)) continue;
    const orderKey = row.order_key === null ? null : orderKeyOf(row.order_key, payload);
    routes.push({ row, orderKey: storable(orderKey) });
  }
  return routes;
}

async function insertDeliveries(
  trx: TenantTrx | PlatformTrx,
  routes: readonly Route[],
  lease: Lease | undefined,
): Promise<NewDelivery[]> {
  if (routes.length === 0) return [];
  const column = <T>(pick: (route: Route) => T) => routes.map((route) => pick(route));
  const { rows } = await sql<RecordedRow & { delivery_id: string }>`
    insert into webhook_deliveries (id, tenant_id, event_id, destination_id, order_key, retention_days, lease_until)
    select delivery_id(event_id, destination_id), tenant_id, event_id, destination_id, order_key, retention_days,
           case when order_key is null and ${isOpen(sql`route.tenant_id`)} then ${leaseUntil(lease)} end
    from unnest(
      ${column(({ row }) => row.tenant_id)}::uuid[],
      ${column(({ row }) => row.event_id)}::uuid[],
      ${column(({ row }) => row.destination_id)}::uuid[],
      ${column(({ orderKey }) => orderKey)}::text[],
      ${column(({ row }) => row.retention_days)}::smallint[],
      ${column(({ row }) => row.timeout_ms)}::integer[]
    ) as route (tenant_id, event_id, destination_id, order_key, retention_days, timeout_ms)
    returning id as delivery_id, tenant_id, event_id, destination_id, retention_days, ${leaseMs}
  `.execute(trx);
  return rows.map((row) => deliveryOf(row, row.delivery_id));
}
