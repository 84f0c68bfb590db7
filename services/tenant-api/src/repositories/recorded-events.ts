import type { TenantTrx, WebhookEvent } from "@condo/schema";
import { sql } from "kysely";

/** A place in the order in which events became visible: behind an event, or between two. */
export interface Position {
  /** The transaction that recorded the event. */
  recordedBy: string;
  eventId: string;
}

const beforeAll = "00000000-0000-0000-0000-000000000000";

export type RecordedEvent = Omit<WebhookEvent, "recorded_at"> & { size: number };

/** Behind everything that was recorded so far; what is being recorded this moment still comes. */
export async function currentPosition(trx: TenantTrx): Promise<Position> {
  const { rows } = await sql<{
    xid: string;
  }>`select pg_snapshot_xmin(pg_current_snapshot())::text as xid`.execute(trx);
  return { recordedBy: rows[0]?.xid ?? "0", eventId: beforeAll };
}

/**
 * The events behind a position, as many as fit the limits, and one at least. Events of a transaction newer than the oldest
 * one under way are held back: a neighbour could still come in before them.
 *
 * @returns `held` when there are such, so that it is worth asking again soon
 */
export async function readRecorded(
  trx: TenantTrx,
  after: Position,
  limits: { events: number; bytes: number },
): Promise<{ events: RecordedEvent[]; held: boolean; more: boolean }> {
  const { rows } = await sql<RecordedEvent & { settled: boolean; bytes_before: string }>`
    select id, tenant_id, source_id, service_name, event_type, sender_event_id, content_type, headers, received_at,
      recorded_by, size, settled, bytes_before,
      case when settled and bytes_before < ${limits.bytes} then body end as body
    from (
      select event.*, octet_length(body) as size,
        recorded_by < pg_snapshot_xmin(pg_current_snapshot()) as settled,
        sum(octet_length(body)) over (order by recorded_by, id) - octet_length(body) as bytes_before
      from (
        select * from webhook_events
        where (recorded_by, id) > (${after.recordedBy}::xid8, ${after.eventId}::uuid)
          and recorded_by < pg_snapshot_xmax(pg_current_snapshot())
        order by recorded_by, id
        limit ${limits.events}
      ) event
    ) page
    order by recorded_by, id
  `.execute(trx);
  const settled = rows.filter((row) => row.settled);
  const events = settled.filter((row) => Number(row.bytes_before) < limits.bytes);
  return {
    events,
    held: settled.length < rows.length,
    more: events.length < settled.length || settled.length === limits.events,
  };
}
