import type { BreakerState, PlatformTrx } from "@condo/schema";
import { sql, type RawBuilder } from "kysely";

/** A breaker as all workers see it. Times are told from now on, by the database's clock. */
export interface BreakerRow {
  tenant_id: string;
  destination_id: string;
  state: BreakerState;
  forced: boolean;
  failures: number;
  retry_at: Date | null;
  retry_in_ms: number | null;
  paused_for_ms: number | null;
  failing_for_ms: number | null;
}

interface Reference {
  id: string;
  tenantId: string;
}

const inMs = (interval: RawBuilder<unknown>) => sql`(extract(epoch from ${interval}) * 1000)::float8`;

const columns = sql`
  breaker.tenant_id, breaker.destination_id, breaker.state, breaker.forced, breaker.failures, breaker.retry_at,
  ${inMs(sql`breaker.retry_at - now()`)} as retry_in_ms,
  ${inMs(sql`breaker.paused_until - now()`)} as paused_for_ms,
  ${inMs(sql`now() - breaker.failing_since`)} as failing_for_ms`;

/** Breakers that are not simply closed. */
export async function findTroubledBreakers(trx: PlatformTrx): Promise<BreakerRow[]> {
  const { rows } = await sql<BreakerRow>`
    select ${columns} from circuit_breakers breaker
    where state <> 'closed' or paused_until > now()
  `.execute(trx);
  return rows;
}

/** Breakers that changed within a time. */
export async function findChangedBreakers(trx: PlatformTrx, withinMs: number): Promise<BreakerRow[]> {
  const { rows } = await sql<BreakerRow>`
    select ${columns} from circuit_breakers breaker
    where updated_at > now() - ${withinMs} * interval '1 millisecond'
  `.execute(trx);
  return rows;
}

/** Opens a breaker, for longer each time that it did not close between. Undefined when another worker came first. */
export async function openBreaker(
  trx: PlatformTrx,
  { id, tenantId }: Reference,
  from: "closed" | "half_open",
  open: { firstMs: number; growth: number; maxMs: number },
): Promise<BreakerRow | undefined> {
  const openFor = (failures: RawBuilder<unknown>) =>
    // The exponent is bounded, for a power that overflows is an error.
    sql`least(${open.firstMs}::float8 * power(${open.growth}::float8, least(${failures}, 100)), ${open.maxMs}::float8)
      * interval '1 millisecond'`;
  const { rows } = await sql<BreakerRow>`
    insert into circuit_breakers as breaker
      (tenant_id, destination_id, state, failures, opened_at, retry_at, failing_since)
    select tenant_id, id, 'open', 1, now(), now() + ${openFor(sql`0`)}, now()
    from webhook_destinations where tenant_id = ${tenantId} and id = ${id}
    on conflict (tenant_id, destination_id) do update
    set state = 'open', failures = breaker.failures + 1, opened_at = now(),
        retry_at = now() + ${openFor(sql`breaker.failures`)},
        failing_since = coalesce(breaker.failing_since, now()), updated_at = now()
    where breaker.state = ${from} and not breaker.forced
    returning ${columns}
  `.execute(trx);
  return rows[0];
}

/** Makes the caller the prober of an open breaker whose time has come, or whose prober was not heard of again. */
export async function halfOpenBreaker(
  trx: PlatformTrx,
  { id, tenantId }: Reference,
  probingMs: number,
): Promise<BreakerRow | undefined> {
  const { rows } = await sql<BreakerRow>`
    update circuit_breakers breaker
    set state = 'half_open', retry_at = now() + ${probingMs} * interval '1 millisecond', updated_at = now()
    where tenant_id = ${tenantId} and destination_id = ${id} and state <> 'closed' and not forced and retry_at <= now()
    returning ${columns}
  `.execute(trx);
  return rows[0];
}

export async function closeBreaker(
  trx: PlatformTrx,
  { id, tenantId }: Reference,
): Promise<BreakerRow | undefined> {
  const { rows } = await sql<BreakerRow>`
    update circuit_breakers breaker
    set state = 'closed', failures = 0, opened_at = null, retry_at = null, failing_since = null, updated_at = now()
    where tenant_id = ${tenantId} and destination_id = ${id} and state = 'half_open' and not forced
    returning ${columns}
  `.execute(trx);
  return rows[0];
}

/** Notes that a destination asked for a pause. */
export async function pauseDestination(
  trx: PlatformTrx,
  { id, tenantId }: Reference,
  pauseMs: number,
): Promise<void> {
  await sql`
    insert into circuit_breakers as breaker (tenant_id, destination_id, paused_until)
    select tenant_id, id, now() + ${pauseMs} * interval '1 millisecond'
    from webhook_destinations where tenant_id = ${tenantId} and id = ${id}
    on conflict (tenant_id, destination_id) do update
    set paused_until = greatest(breaker.paused_until, excluded.paused_until), updated_at = now()
  `.execute(trx);
}
