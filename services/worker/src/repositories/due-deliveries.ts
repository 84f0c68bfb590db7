import type { NewDelivery } from "@condo/intake";
import type { PlatformTrx } from "@condo/schema";
import { sql } from "kysely";

/**
 * Takes deliveries that are due, that no queue is trusted to hold and that nobody is sending, and trusts the caller to
 * queue them for `queuedForMs` milliseconds. Several callers at once get different ones.
 */
export async function takeDueDeliveries(
  trx: PlatformTrx,
  limit: number,
  queuedForMs: number,
): Promise<NewDelivery[]> {
  const { rows } = await sql<{ id: string; tenant_id: string; destination_id: string }>`
    update webhook_deliveries delivery
    set queued_until = now() + ${queuedForMs} * interval '1 millisecond'
    from (
      select tenant_id, id from webhook_deliveries
      where status = 'pending' and next_attempt_at <= now()
        and (queued_until is null or queued_until <= now())
        and (lease_until is null or lease_until <= now())
      order by next_attempt_at
      limit ${limit}
      for update skip locked
    ) due
    where delivery.tenant_id = due.tenant_id and delivery.id = due.id
    returning delivery.id, delivery.tenant_id, delivery.destination_id
  `.execute(trx);
  return rows.map((row) => ({ id: row.id, tenantId: row.tenant_id, destinationId: row.destination_id }));
}
