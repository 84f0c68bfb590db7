import type { TenantReader, WebhookEvent } from "@condo/schema";
import { sql } from "kysely";

/** A place in the order in which events became visible: behind an event, or between two. */
export interface Position {
  /** The transaction that recorded the event. */
  recordedBy: string;
  eventId: string;
}

const beforeAll = "00000000-0000-0000-0000-000000000000";

export type RecordedEvent = Omit<WebhookEvent, "recorded_at"> & { size: number };

/** Where somebody begins who asks for what is new: from there on, without what was recorded already. */
export interface Beginning {
  position: Position;
  isPast: (event: Pick<RecordedEvent, "recorded_by">) => boolean;
}

/**
 * This moment. Behind its position lie transactions that were under way, and, beside them, some that had ended: an older
 * transaction anywhere in the cluster holds the position back. What had ended is past.
 */
export async function currentBeginning(trx: TenantReader): Promise<Beginning> {
  const { rows } = await sql<{ snapshot: string }>`select pg_current_snapshot()::text as snapshot`.execute(
    trx,
  );
  // As the manual has it: xmin:xmax:xip_list.
  const [xmin = "0", xmax = "0", underWay = ""] = (rows[0]?.snapshot ?? "").split(":");
  const running = new Set(underWay.split(","));
  return {
    position: { recordedBy: xmin, eventId: beforeAll },
    isPast: ({ recorded_by: xid }) => BigInt(xid) < BigInt(xmax) && !running.has(xid),
  };
}

/**
 * The events behind a position, as many as fit the limits, and one at least. Events of a transaction newer than the oldest
 * one under way are held back: a neighbour could still come in before them.
 *
 * @returns `held` when there are such, so that it is worth asking again soon
 */
export async function readRecorded(
  trx: TenantReader,
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
