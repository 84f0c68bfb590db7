import type { TenantReader, TenantTrx, WebhookEvent } from "@condo/schema";
import { sql } from "kysely";

/** An event without its body, which a list does not read. */
export type EventSummary = Omit<WebhookEvent, "body" | "headers" | "recorded_by" | "retention_days"> & {
  size: number;
};

const summaryColumns = [
  "id",
  "tenant_id",
  "source_id",
  "service_name",
  "event_type",
  "sender_event_id",
  "content_type",
  "received_at",
  "recorded_at",
] as const;

export async function listEvents(
  trx: TenantReader,
  filter: {
    after: string | undefined;
    limit: number;
    serviceName: string | undefined;
    eventType: string | undefined;
  },
): Promise<EventSummary[]> {
  let query = trx
    .selectFrom("webhook_events")
    .select(summaryColumns)
    .select(sql<number>`octet_length(body)`.as("size"));
  if (filter.serviceName) query = query.where("service_name", "=", filter.serviceName);
  if (filter.eventType) query = query.where("event_type", "=", filter.eventType);
  if (filter.after) query = query.where("id", "<", filter.after);
  return query
    .orderBy("id", "desc")
    .limit(filter.limit + 1)
    .execute();
}

/** By its id, or by another that a sender was answered for it. */
export async function findEvent(trx: TenantReader, id: string): Promise<WebhookEvent | undefined> {
  const event = await trx.selectFrom("webhook_events").selectAll().where("id", "=", id).executeTakeFirst();
  if (event) return event;
  const alias = await trx
    .selectFrom("webhook_aliases")
    .select("event_id")
    .where("id", "=", id)
    .executeTakeFirst();
  return (
    alias && trx.selectFrom("webhook_events").selectAll().where("id", "=", alias.event_id).executeTakeFirst()
  );
}

/** Records an event that Condo makes itself, of no source. */
export async function insertOwnEvent(
  trx: TenantTrx,
  event: { id: string; tenantId: string; serviceName: string; eventType: string; body: Buffer },
): Promise<void> {
  await trx
    .insertInto("webhook_events")
    .values({
      id: event.id,
      tenant_id: event.tenantId,
      source_id: null,
      service_name: event.serviceName,
      event_type: event.eventType,
      sender_event_id: null,
      content_type: "application/json",
      headers: JSON.stringify({ "content-type": "application/json" }),
      body: event.body,
      received_at: new Date(),
      retention_days: trx
        .selectFrom("tenants")
        .select("event_retention_days")
        .where("id", "=", event.tenantId),
    })
    .execute();
}
