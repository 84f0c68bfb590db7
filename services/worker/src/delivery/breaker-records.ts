import { emit } from "@condo/events";
import type { Logger } from "@condo/http";
import { audit, type Actor, type BreakerState, type PlatformTrx } from "@condo/schema";
import type { BreakerRow } from "../repositories/circuit-breakers.ts";
import { disableDestination } from "../repositories/destinations.ts";

const worker: Actor = { type: "service", id: "worker", requestId: null, address: null };
const dayMs = 86_400_000;

/** Tells of a breaker's transition: an event, an audit entry, and a line in the log. */
export async function recordTransition(
  trx: PlatformTrx,
  row: BreakerRow,
  from: BreakerState,
  logger: Logger,
): Promise<void> {
  const { tenant_id: tenantId, destination_id: destinationId, state } = row;
  const retryAt = row.retry_at?.toISOString() ?? null;
  if (state === "open") {
    await emit(trx, tenantId, "circuit_breaker.opened", {
      destination_id: destinationId,
      failures: row.failures,
      retry_at: retryAt,
    });
  } else {
    const type = state === "half_open" ? "circuit_breaker.half_opened" : "circuit_breaker.closed";
    await emit(trx, tenantId, type, { destination_id: destinationId });
  }
  await audit(trx, {
    tenantId,
    actor: worker,
    action: {
      open: "circuit_breaker.opened",
      half_open: "circuit_breaker.half_opened",
      closed: "circuit_breaker.closed",
    }[state],
    subjectType: "webhook_destination",
    subjectId: destinationId,
    before: { state: from },
    after: { state, failures: row.failures, retry_at: retryAt },
  });
  logger[state === "open" ? "warn" : "info"](
    { tenant_id: tenantId, destination_id: destinationId, from, state, retry_at: retryAt },
    "circuit breaker",
  );
}

/** Switches off a destination whose breaker has not closed for days. */
export async function disableAfterFailing(
  trx: PlatformTrx,
  row: BreakerRow,
  disableAfterMs: number,
): Promise<void> {
  const failingMs = row.failing_for_ms ?? 0;
  if (failingMs < disableAfterMs) return;
  const destination = { id: row.destination_id, tenantId: row.tenant_id };
  await disable(trx, destination, `It has failed for ${Math.floor(failingMs / dayMs)} days`);
}

/** Switches a destination off, and tells its tenant: by an event, of which a mail is made, and in the audit log. */
export async function disable(
  trx: PlatformTrx,
  destination: { id: string; tenantId: string },
  reason: string,
): Promise<void> {
  const name = await disableDestination(trx, destination, reason);
  if (name === undefined) return;
  await emit(trx, destination.tenantId, "webhook_destination.disabled", {
    destination_id: destination.id,
    name,
    reason,
  });
  await audit(trx, {
    tenantId: destination.tenantId,
    actor: worker,
    action: "webhook_destination.disabled",
    subjectType: "webhook_destination",
    subjectId: destination.id,
    before: { is_active: true },
    after: { is_active: false, disabled_reason: reason },
  });
}
