import type { Logger } from "@condo/http";
import { destinationSecretContext } from "@condo/schema";
import type { Sealer } from "@condo/secrets";
import { isBrokenCircuitError, isBulkheadRejectedError } from "cockatiel";
import type { Agent } from "undici";
import type { ClaimedDelivery } from "../repositories/claimed-deliveries.ts";
import type { Guard } from "./breakers.ts";
import type { Ledger } from "./ledger.ts";
import type { DeliveryJob } from "./queue.ts";
import { nextAttemptAt } from "./schedule.ts";
import { send, type SendResult } from "./send.ts";

/** What becomes of a job: it is over, or it waits until a time. After a throw it is tried again a little later. */
export type Outcome = { kind: "done" } | { kind: "wait"; until: Date };

export interface DelivererOptions {
  agent: Agent;
  ledger: Ledger;
  guardOf: (destinationId: string) => Guard;
  sealer: Sealer;
  logger: Logger;
  /** See DELIVERY_SCHEDULE_MS. */
  delaysMs: readonly number[];
}

const inactiveWaitMs = 60_000;
const leasedWaitMs = 500;

const done: Outcome = { kind: "done" };

function waitFor(ms: number): Outcome {
  return { kind: "wait", until: new Date(Date.now() + ms) };
}

/** Makes the function that works on one job: asks the destination's guard, claims, sends, records. */
export function createDeliverer(options: DelivererOptions): (job: DeliveryJob) => Promise<Outcome> {
  const { ledger, guardOf, logger } = options;

  return async (job) => {
    const guard = guardOf(job.destinationId);
    const waitMs = guard.waitMs();
    // Spread, so that what an open breaker held back does not come back in one moment.
    if (waitMs > 0) return waitFor(waitMs * (1 + Math.random() / 4));

    const reference = { id: job.deliveryId, tenantId: job.tenantId };
    const claim = await ledger.claim(reference);
    if (claim.kind === "over") return done;
    if (claim.kind === "leased") return waitFor(Math.max(leasedWaitMs, claim.until.getTime() - Date.now()));

    const { delivery } = claim;
    if (delivery.is_deleted) {
      await ledger.discard(reference, "The destination was deleted");
      return done;
    }
    if (!delivery.is_active) {
      await ledger.postpone(reference, new Date(Date.now() + inactiveWaitMs));
      return done;
    }

    let result: SendResult;
    try {
      const secrets = secretsOf(delivery, options.sealer);
      result = await guard.run((signal) => send(options.agent, delivery, secrets, signal));
    } catch (error) {
      // The guard changed its mind between the question and the run: no attempt was made.
      if (!isBrokenCircuitError(error) && !isBulkheadRejectedError(error)) throw error;
      await ledger.release(reference);
      return waitFor(guard.waitMs() || leasedWaitMs);
    }
    return settle(delivery, result);
  };

  async function settle(delivery: ClaimedDelivery, result: SendResult): Promise<Outcome> {
    const number = delivery.attempts + 1;
    const delivered = result.statusCode !== null && result.error === null;
    const next = delivered
      ? null
      : nextAttemptAt(number, options.delaysMs, result.retryAfterMs, new Date(), Math.random());
    const status = delivered ? "delivered" : next ? "pending" : "dead";
    await ledger.record(
      {
        deliveryId: delivery.id,
        tenantId: delivery.tenant_id,
        attempt: { number, ...result },
        status,
        nextAttemptAt: next,
      },
      { eventId: delivery.event_id, destinationId: delivery.destination_id },
    );
    logger[delivered ? "debug" : "info"](
      {
        tenant_id: delivery.tenant_id,
        delivery_id: delivery.id,
        event_id: delivery.event_id,
        destination_id: delivery.destination_id,
        attempt: number,
        status,
        status_code: result.statusCode,
        duration_ms: result.durationMs,
        reason: result.error,
      },
      "delivery attempt",
    );
    return next ? { kind: "wait", until: next } : done;
  }
}

function secretsOf(delivery: ClaimedDelivery, sealer: Sealer): string[] {
  return delivery.secrets.map(({ id, sealed }) =>
    sealer.open(Buffer.from(sealed, "base64"), destinationSecretContext(id)),
  );
}
