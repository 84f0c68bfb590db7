import { sql } from "kysely";
import type { DeliveryStatus, TenantReader, TenantTrx, WebhookAttempt, WebhookDelivery } from "@condo/schema";

/** A delivery beside the event it carries and where it goes. */
export type DeliveryRow = WebhookDelivery & {
  event_type: string;
  service_name: string;
  destination_name: string;
};

function deliveries(trx: TenantReader) {
  return trx
    .selectFrom("webhook_deliveries as delivery")
    .innerJoin("webhook_events as event", (join) =>
      join.onRef("event.tenant_id", "=", "delivery.tenant_id").onRef("event.id", "=", "delivery.event_id"),
    )
    .innerJoin("webhook_destinations as destination", (join) =>
      join
        .onRef("destination.tenant_id", "=", "delivery.tenant_id")
        .onRef("destination.id", "=", "delivery.destination_id"),
    )
    .selectAll("delivery")
    .select(["event.event_type", "event.service_name", "destination.name as destination_name"]);
}

export async function listDeliveries(
  trx: TenantReader,
  filter: {
    after: string | undefined;
    limit: number;
    status: DeliveryStatus | undefined;
    destinationId: string | undefined;
    eventId: string | undefined;
  },
): Promise<DeliveryRow[]> {
  let query = deliveries(trx);
  if (filter.status) query = query.where("delivery.status", "=", filter.status);
  if (filter.destinationId) query = query.where("delivery.destination_id", "=", filter.destinationId);
  if (filter.eventId) query = query.where("delivery.event_id", "=", filter.eventId);
  if (filter.after) query = query.where("delivery.id", "<", filter.after);
  return query
    .orderBy("delivery.id", "desc")
    .limit(filter.limit + 1)
    .execute();
}

export async function findDelivery(
  trx: TenantTrx,
  id: string,
  status?: DeliveryStatus,
): Promise<DeliveryRow | undefined> {
  let query = deliveries(trx).where("delivery.id", "=", id);
  if (status) query = query.where("delivery.status", "=", status);
  return query.executeTakeFirst();
}

export async function listAttempts(trx: TenantTrx, deliveryId: string): Promise<WebhookAttempt[]> {
  return trx
    .selectFrom("webhook_attempts")
    .selectAll()
    .where("delivery_id", "=", deliveryId)
    .orderBy("number")
    .execute();
}

/** Makes a delivery that is due now. The sweeper queues it. @returns its id */
export async function insertDelivery(
  trx: TenantTrx,
  delivery: { tenantId: string; eventId: string; destinationId: string },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    insert into webhook_deliveries (id, tenant_id, event_id, destination_id, retention_days)
    select delivery_id(id, ${delivery.destinationId}), tenant_id, id, ${delivery.destinationId}, retention_days
    from webhook_events where tenant_id = ${delivery.tenantId} and id = ${delivery.eventId}
    returning id
  `.execute(trx);
  const [row] = rows;
  if (!row) throw new Error("An insert answered no row");
  return row.id;
}

/** How many rows one statement changes at most: a longer one would hold locks and its caller for too long. */
const changeLimit = 10_000;

/** Makes what waits for a destination due at once; past a limit, the rest keeps its time. */
export async function wakeDeliveries(trx: TenantTrx, destinationId: string): Promise<void> {
  await sql`
    update webhook_deliveries delivery set next_attempt_at = now()
    from (
      select tenant_id, id from webhook_deliveries
      where destination_id = ${destinationId} and status = 'pending' and next_attempt_at > now()
      order by next_attempt_at
      limit ${changeLimit}
      for update skip locked
    ) waiting
    where delivery.tenant_id = waiting.tenant_id and delivery.id = waiting.id
  `.execute(trx);
}

/** Reads how a delivery stands and holds its row until the transaction ends. */
export async function lockDelivery(
  trx: TenantTrx,
  id: string,
): Promise<{ status: DeliveryStatus; is_deleted: boolean } | undefined> {
  return trx
    .selectFrom("webhook_deliveries as delivery")
    .innerJoin("webhook_destinations as destination", (join) =>
      join
        .onRef("destination.tenant_id", "=", "delivery.tenant_id")
        .onRef("destination.id", "=", "delivery.destination_id"),
    )
    .select("delivery.status")
    .select(sql<boolean>`destination.deleted_at is not null`.as("is_deleted"))
    .where("delivery.id", "=", id)
    .forUpdate("delivery")
    .executeTakeFirst();
}

/** Sends a delivery again: its id and the numbers of its attempts go on, the schedule of its retries starts anew. */
export async function replayDelivery(trx: TenantTrx, id: string): Promise<void> {
  await trx
    .updateTable("webhook_deliveries")
    .set((row) => ({
      status: "pending",
      attempts_before: row.ref("attempts"),
      next_attempt_at: new Date(),
      lease_until: null,
      completed_at: null,
      discard_reason: null,
    }))
    .where("id", "=", id)
    .where("status", "<>", "pending")
    .execute();
}

/** Which dead letters are meant; those that fit everything that is given. */
export interface DeadLetterFilter {
  destinationId: string | undefined;
  /** A type, `prefix.*` or `*`. */
  eventType: string | undefined;
  /** When the event was received. */
  since: Date | undefined;
  until: Date | undefined;
}

function deadLetters(filter: DeadLetterFilter) {
  const { destinationId = null, eventType = null, since = null, until = null } = filter;
  return sql`
    from webhook_deliveries delivery
    join webhook_destinations destination
      on destination.tenant_id = delivery.tenant_id and destination.id = delivery.destination_id
    join webhook_events event on event.tenant_id = delivery.tenant_id and event.id = delivery.event_id
    where delivery.status = 'dead' and destination.deleted_at is null
      and (${destinationId}::uuid is null or delivery.destination_id = ${destinationId})
      and (${eventType}::text is null or event_type_matches(array[${eventType}::text], event.event_type))
      and (${since}::timestamptz is null or event.received_at >= ${since})
      and (${until}::timestamptz is null or event.received_at < ${until})
  `;
}

export async function countDeadLetters(trx: TenantTrx, filter: DeadLetterFilter): Promise<number> {
  const { rows } = await sql<{
    count: number;
  }>`select count(*)::integer as count ${deadLetters(filter)}`.execute(trx);
  return rows[0]?.count ?? 0;
}

export async function discardDeadLetter(trx: TenantTrx, id: string, reason: string): Promise<boolean> {
  const result = await trx
    .updateTable("webhook_deliveries")
    .set({ status: "discarded", discard_reason: reason, completed_at: new Date() })
    .where("id", "=", id)
    .where("status", "=", "dead")
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Discards the oldest dead letters that fit, up to a limit. @returns how many; `more` when the limit was met */
export async function discardDeadLetters(
  trx: TenantTrx,
  filter: DeadLetterFilter,
  reason: string,
): Promise<{ discarded: number; more: boolean }> {
  const { numAffectedRows } = await sql`
    update webhook_deliveries discarded
    set status = 'discarded', discard_reason = ${reason}, completed_at = now()
    from (
      select delivery.tenant_id, delivery.id ${deadLetters(filter)}
      order by delivery.id limit ${changeLimit}
      for update of delivery skip locked
    ) meant
    where discarded.tenant_id = meant.tenant_id and discarded.id = meant.id
  `.execute(trx);
  const discarded = Number(numAffectedRows ?? 0n);
  return { discarded, more: discarded === changeLimit };
}
