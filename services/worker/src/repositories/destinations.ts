import type { DestinationKind, PlatformTrx } from "@condo/schema";
import { sql } from "kysely";

/** A destination with its living secrets, as it stands in Postgres. */
export interface DestinationRow {
  id: string;
  tenant_id: string;
  plan: string;
  kind: DestinationKind;
  url: string | null;
  stream_name: string | null;
  transform: string | null;
  headers_sealed: Buffer | null;
  retry_delays_ms: number[] | null;
  timeout_ms: number | null;
  order_key: string | null;
  max_in_flight: number | null;
  max_per_second: number | null;
  breaker: unknown;
  is_active: boolean;
  is_deleted: boolean;
  /** Of a tenant that is neither suspended nor closing. */
  is_tenant_open: boolean;
  secrets: { id: string; sealed: string; expires_in_ms: number | null }[];
}

export async function findDestinations(
  trx: PlatformTrx,
  ids: readonly string[],
  tenantIds: readonly string[],
): Promise<DestinationRow[]> {
  const { rows } = await sql<DestinationRow>`
    select destination.id, destination.tenant_id, kind, url, stream_name, transform, headers_sealed, retry_delays_ms,
      timeout_ms, order_key, max_in_flight, max_per_second, breaker, is_active, deleted_at is not null as is_deleted,
      tenant.plan, tenant.status in ('trial', 'active') as is_tenant_open,
      coalesce(
        (
          select json_agg(json_build_object(
                   'id', secret.id, 'sealed', encode(secret.secret_sealed, 'base64'),
                   'expires_in_ms', extract(epoch from secret.expires_at - now()) * 1000
                 ) order by secret.id desc)
          from webhook_destination_secrets secret
          where secret.tenant_id = destination.tenant_id and secret.destination_id = destination.id
            and (secret.expires_at is null or secret.expires_at > now())
        ),
        '[]'
      ) as secrets
    from webhook_destinations destination
    join tenants tenant on tenant.id = destination.tenant_id
    join unnest(${tenantIds}::uuid[], ${ids}::uuid[]) as wanted (tenant_id, id)
      on wanted.tenant_id = destination.tenant_id and wanted.id = destination.id
  `.execute(trx);
  return rows;
}

/** Switches a destination off. @returns what its tenant calls it; undefined when it was off already */
export async function disableDestination(
  trx: PlatformTrx,
  destination: { id: string; tenantId: string },
  reason: string,
): Promise<string | undefined> {
  const { rows } = await sql<{ name: string }>`
    update webhook_destinations
    set is_active = false, disabled_reason = ${reason}, disabled_at = now(), updated_at = now()
    where tenant_id = ${destination.tenantId} and id = ${destination.id} and is_active and deleted_at is null
    returning name
  `.execute(trx);
  return rows[0]?.name;
}
