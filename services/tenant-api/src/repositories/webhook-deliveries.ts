import type { DeliveryStatus, TenantTrx, WebhookAttempt, WebhookDelivery } from "@condo/schema";

/** A delivery beside the event it carries and where it goes. */
export type DeliveryRow = WebhookDelivery & {
  event_type: string;
  service_name: string;
  destination_name: string;
};

function deliveries(trx: TenantTrx) {
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
  trx: TenantTrx,
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
