import type { DeliveryStatus, PlatformTrx } from "@condo/schema";
import { sql } from "kysely";

/** What one attempt came to, and how its delivery goes on. */
export interface DeliveryResult {
  deliveryId: string;
  tenantId: string;
  attempt: {
    number: number;
    startedAt: Date;
    durationMs: number;
    statusCode: number | null;
    error: string | null;
    responseExcerpt: string | null;
  };
  status: DeliveryStatus;
  /** For a delivery that stays pending. */
  nextAttemptAt: Date | null;
}

/** Records attempts and moves their deliveries on, all in one statement. */
export async function recordResults(
  trx: PlatformTrx,
  results: readonly DeliveryResult[],
  queuedForMs: number,
): Promise<void> {
  const column = <T>(pick: (result: DeliveryResult) => T) => results.map((result) => pick(result));
  await sql`
    with result as (
      select * from unnest(
        ${column((result) => result.tenantId)}::uuid[],
        ${column((result) => result.deliveryId)}::uuid[],
        ${column((result) => result.attempt.number)}::integer[],
        ${column((result) => result.attempt.startedAt)}::timestamptz[],
        ${column((result) => result.attempt.durationMs)}::integer[],
        ${column((result) => result.attempt.statusCode)}::integer[],
        ${column((result) => result.attempt.error)}::text[],
        ${column((result) => result.attempt.responseExcerpt)}::text[],
        ${column((result) => result.status)}::text[],
        ${column((result) => result.nextAttemptAt)}::timestamptz[]
      ) as result (tenant_id, delivery_id, number, started_at, duration_ms, status_code, error, response_excerpt,
                   status, next_attempt_at)
    ), attempted as (
      insert into webhook_attempts (tenant_id, delivery_id, number, started_at, duration_ms, status_code, error,
                                    response_excerpt)
      select tenant_id, delivery_id, number, started_at, duration_ms, status_code, error, response_excerpt from result
      on conflict do nothing
    )
    update webhook_deliveries delivery
    set status = result.status,
        attempts = greatest(delivery.attempts, result.number),
        next_attempt_at = coalesce(result.next_attempt_at, delivery.next_attempt_at),
        queued_until = result.next_attempt_at + ${queuedForMs} * interval '1 millisecond',
        lease_until = null,
        last_status_code = result.status_code,
        last_error = result.error,
        completed_at = case when result.status = 'pending' then null else now() end
    from result
    where delivery.tenant_id = result.tenant_id and delivery.id = result.delivery_id and delivery.status = 'pending'
  `.execute(trx);
}

/** Ends a delivery that can't be sent any more, without an attempt. */
export async function discardDelivery(
  trx: PlatformTrx,
  delivery: { id: string; tenantId: string },
  reason: string,
): Promise<void> {
  await trx
    .updateTable("webhook_deliveries")
    .set({ status: "discarded", last_error: reason, lease_until: null, completed_at: new Date() })
    .where("tenant_id", "=", delivery.tenantId)
    .where("id", "=", delivery.id)
    .where("status", "=", "pending")
    .execute();
}

/** Puts a delivery off without an attempt. */
export async function postponeDelivery(
  trx: PlatformTrx,
  delivery: { id: string; tenantId: string },
  until: Date,
): Promise<void> {
  await trx
    .updateTable("webhook_deliveries")
    .set({ next_attempt_at: until, queued_until: null, lease_until: null })
    .where("tenant_id", "=", delivery.tenantId)
    .where("id", "=", delivery.id)
    .where("status", "=", "pending")
    .execute();
}
