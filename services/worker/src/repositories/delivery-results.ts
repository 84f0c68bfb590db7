import type { DeliveryStatus, PlatformTrx } from "@condo/schema";
import { sql } from "kysely";

/** What one attempt came to, and how its delivery goes on. */
export interface DeliveryResult {
  deliveryId: string;
  tenantId: string;
  retentionDays: number;
  attempt: {
    number: number;
    startedAt: Date;
    durationMs: number;
    statusCode: number | null;
    error: string | null;
    responseExcerpt: string | null;
  };
  status: DeliveryStatus;
  /** In how many milliseconds it is tried again; null for a delivery that is over. */
  retryInMs: number | null;
}

/**
 * Told so that the index of what is pending is out of the question. Where Postgres has last seen a short one, it would go
 * through all of it for each of a few deliveries, and a backlog that came since is long.
 */
export const isPending = sql`case delivery.status when 'pending' then true else false end`;

/** Records attempts and moves their deliveries on, all in one statement. */
export async function recordResults(trx: PlatformTrx, results: readonly DeliveryResult[]): Promise<void> {
  const column = <T>(pick: (result: DeliveryResult) => T) => results.map((result) => pick(result));
  const ids = column((result) => result.deliveryId).toSorted();
  await sql`
    with result as (
      select tenant_id, delivery_id, number, started_at, duration_ms, status_code, error, response_excerpt,
             status, retry_in_ms, retention_days
      from unnest(
        ${column((result) => result.tenantId)}::uuid[],
        ${column((result) => result.deliveryId)}::uuid[],
        ${column((result) => result.attempt.number)}::integer[],
        ${column((result) => result.attempt.startedAt)}::timestamptz[],
        ${column((result) => result.attempt.durationMs)}::integer[],
        ${column((result) => result.attempt.statusCode)}::integer[],
        ${column((result) => result.attempt.error)}::text[],
        ${column((result) => result.attempt.responseExcerpt)}::text[],
        ${column((result) => result.status)}::text[],
        ${column((result) => result.retryInMs)}::float8[],
        ${column((result) => result.retentionDays)}::smallint[]
      ) as result (tenant_id, delivery_id, number, started_at, duration_ms, status_code, error, response_excerpt,
                   status, retry_in_ms, retention_days)
    ), attempted as (
      insert into webhook_attempts (tenant_id, delivery_id, number, started_at, duration_ms, status_code, error,
                                    response_excerpt, retention_days)
      select tenant_id, delivery_id, number, started_at, duration_ms, status_code, error, response_excerpt, retention_days
      from result
      on conflict do nothing
    )
    update webhook_deliveries delivery
    set status = result.status,
        attempts = greatest(delivery.attempts, result.number),
        next_attempt_at = coalesce(now() + result.retry_in_ms * interval '1 millisecond', delivery.next_attempt_at),
        lease_until = null,
        last_status_code = result.status_code,
        last_error = result.error,
        completed_at = case when result.status = 'pending' then null else now() end
    from result
    where delivery.tenant_id = result.tenant_id and delivery.id = result.delivery_id and ${isPending}
      and delivery.retention_days = result.retention_days
      -- By these, partitions of other weeks are left out.
      and delivery.id between ${ids.at(0)} and ${ids.at(-1)}
  `.execute(trx);
}
