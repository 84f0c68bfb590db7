import type { PlatformTrx } from "@condo/schema";
import { sql } from "kysely";

/** Everything that it takes to send a delivery. */
export interface ClaimedDelivery {
  id: string;
  tenant_id: string;
  event_id: string;
  destination_id: string;
  /** How often it was tried before. */
  attempts: number;
  event_type: string;
  service_name: string;
  content_type: string | null;
  body: Buffer;
  url: string;
  is_active: boolean;
  is_deleted: boolean;
  secrets: { id: string; sealed: string }[];
}

/** Leases pending deliveries that nobody else is sending; the others are left out. */
export async function claimDeliveries(
  trx: PlatformTrx,
  deliveries: readonly { id: string; tenantId: string }[],
  leaseMs: number,
): Promise<ClaimedDelivery[]> {
  const { rows } = await sql<ClaimedDelivery>`
    with free as (
      select delivery.tenant_id, delivery.id
      from webhook_deliveries delivery
      join unnest(${deliveries.map(({ tenantId }) => tenantId)}::uuid[], ${deliveries.map(({ id }) => id)}::uuid[])
        as wanted (tenant_id, id) on wanted.tenant_id = delivery.tenant_id and wanted.id = delivery.id
      where delivery.status = 'pending' and (delivery.lease_until is null or delivery.lease_until <= now())
      for update of delivery skip locked
    ), claimed as (
      update webhook_deliveries delivery
      set lease_until = now() + ${leaseMs} * interval '1 millisecond'
      from free
      where delivery.tenant_id = free.tenant_id and delivery.id = free.id
      returning delivery.id, delivery.tenant_id, delivery.event_id, delivery.destination_id, delivery.attempts
    )
    select claimed.*, event.event_type, event.service_name, event.content_type, event.body,
      destination.url, destination.is_active, destination.deleted_at is not null as is_deleted,
      coalesce(
        (
          select json_agg(json_build_object('id', secret.id, 'sealed', encode(secret.secret_sealed, 'base64'))
                          order by secret.id desc)
          from webhook_destination_secrets secret
          where secret.tenant_id = claimed.tenant_id and secret.destination_id = claimed.destination_id
            and (secret.expires_at is null or secret.expires_at > now())
        ),
        '[]'
      ) as secrets
    from claimed
    join webhook_events event on event.tenant_id = claimed.tenant_id and event.id = claimed.event_id
    join webhook_destinations destination
      on destination.tenant_id = claimed.tenant_id and destination.id = claimed.destination_id
  `.execute(trx);
  return rows;
}

/** Gives leases back without an attempt. */
export async function releaseDeliveries(
  trx: PlatformTrx,
  deliveries: readonly { id: string; tenantId: string }[],
): Promise<void> {
  await sql`
    update webhook_deliveries delivery set lease_until = null
    from unnest(${deliveries.map(({ tenantId }) => tenantId)}::uuid[], ${deliveries.map(({ id }) => id)}::uuid[])
      as released (tenant_id, id)
    where delivery.tenant_id = released.tenant_id and delivery.id = released.id
  `.execute(trx);
}

/** How a delivery stands that could not be claimed. */
export async function findDeliveryState(
  trx: PlatformTrx,
  delivery: { id: string; tenantId: string },
): Promise<{ status: string; lease_until: Date | null } | undefined> {
  return trx
    .selectFrom("webhook_deliveries")
    .select(["status", "lease_until"])
    .where("tenant_id", "=", delivery.tenantId)
    .where("id", "=", delivery.id)
    .executeTakeFirst();
}
