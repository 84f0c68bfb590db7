import type { PlatformTrx } from "@condo/schema";
import { sql } from "kysely";

export interface Waiting {
  tenant_id: string;
  destination_id: string;
  /** A delivery is due that nobody is sending, of a tenant for which deliveries are sent. */
  is_due: boolean;
}

/** Destinations with deliveries that are not over, behind one of them: by steps through an index, not by reading all. */
export async function findWaitingDestinations(
  trx: PlatformTrx,
  after: { tenant_id: string; destination_id: string },
  limit: number,
): Promise<Waiting[]> {
  const { rows } = await sql<Waiting>`
    with recursive waiting as (
      (
        select tenant_id, destination_id from webhook_deliveries
        where status = 'pending' and (tenant_id, destination_id) > (${after.tenant_id}::uuid, ${after.destination_id}::uuid)
        order by tenant_id, destination_id limit 1
      )
      union all
      select later.tenant_id, later.destination_id from waiting cross join lateral (
        select delivery.tenant_id, delivery.destination_id from webhook_deliveries delivery
        where delivery.status = 'pending'
          and (delivery.tenant_id, delivery.destination_id) > (waiting.tenant_id, waiting.destination_id)
        order by delivery.tenant_id, delivery.destination_id limit 1
      ) later
    )
    select tenant_id, destination_id, exists (
      select from webhook_deliveries delivery
      where delivery.tenant_id = waiting.tenant_id and delivery.destination_id = waiting.destination_id
        and delivery.status = 'pending' and delivery.next_attempt_at <= now()
        and (delivery.lease_until is null or delivery.lease_until <= now())
        and exists (select from tenants where tenants.id = waiting.tenant_id and tenants.status in ('trial', 'active'))
    ) as is_due
    from waiting limit ${limit}
  `.execute(trx);
  return rows;
}
