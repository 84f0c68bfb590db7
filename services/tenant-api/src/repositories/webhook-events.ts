import type { TenantTrx, WebhookEvent } from "@condo/schema";
import { sql } from "kysely";

/** An event without its body, which a list does not read. */
export type EventSummary = Omit<WebhookEvent, "body" | "headers"> & { size: number };

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
  trx: TenantTrx,
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

export async function findEvent(trx: TenantTrx, id: string): Promise<WebhookEvent | undefined> {
  return trx.selectFrom("webhook_events").selectAll().where("id", "=", id).executeTakeFirst();
}
