import type { Logger } from "@condo/http";
import type { Jitter } from "@condo/settings/worker";
import type { Tracing } from "@condo/tracing";
import type { ClaimedDelivery } from "../repositories/claimed-deliveries.ts";
import type { Destination, DestinationReference } from "./destinations.ts";
import type { Ledger } from "./ledger.ts";
import type { WorkerMetrics } from "../worker-metrics.ts";
import { retryDelayMs } from "./schedule.ts";
import type { Send, SendResult } from "./send-result.ts";

/** What an attempt says of its destination. */
interface Verdict {
  /** Null when it says nothing of the destination's health. */
  isWell: boolean | null;
  /** For how long the destination asked to be left alone. */
  pauseMs: number;
  /** False when nothing was recorded: the delivery is still leased, and waits as before. */
  isRecorded: boolean;
}

/**
 * Makes one attempt and records it.
 *
 * @param isAwaited tells, once it is made, whether anything waits for its record
 */
export type Deliver = (
  delivery: ClaimedDelivery,
  destination: Destination,
  isAwaited: () => boolean,
) => Promise<Verdict>;

export interface DelivererOptions {
  send: Send;
  ledger: Pick<Ledger, "record">;
  /** Has the destination looked at again in so many milliseconds. */
  wakeIn: (destination: DestinationReference, ms: number, traceparent?: string) => void;
  metrics: Pick<WorkerMetrics, "attempts" | "attemptDuration" | "latency" | "planLabel">;
  tracing: Tracing | undefined;
  logger: Logger;
  /** See DELIVERY_SCHEDULE_MS and DELIVERY_JITTER. */
  delaysMs: readonly number[];
  jitter: Jitter;
}

/** A destination that asks for more is asked again after this: the pause holds for everything that it gets. */
const pauseCapMs = 3_600_000;

export function createDeliverer(options: DelivererOptions): Deliver {
  const { ledger, logger } = options;

  return async (delivery, destination, isAwaited) => {
    const span = options.tracing?.start("webhook deliver", {
      kind: destination.target.kind === "stream" ? "producer" : "client",
      parent: delivery.traceparent,
      attributes: {
        "condo.event_id": delivery.event_id,
        "condo.delivery_id": delivery.id,
        "condo.attempt": delivery.attempts + 1,
      },
    });
    const result = await options.send(delivery, destination, span?.traceparent);
    span?.end({
      error: result.error ?? undefined,
      attributes: result.statusCode === null ? {} : { "http.response.status_code": result.statusCode },
    });
    if (result.isCutShort) {
      const { tenant_id, id: delivery_id, destination_id } = delivery;
      logger.info({ tenant_id, delivery_id, destination_id, reason: result.error }, "delivery given back");
      return { isWell: null, pauseMs: 0, isRecorded: false };
    }
    const number = delivery.attempts + 1;
    const isDelivered = result.error === null;
    const isGone = result.statusCode === 410;
    const retryInMs =
      isDelivered || isGone
        ? null
        : retryDelayMs(
            number - delivery.attempts_before,
            destination.delaysMs ?? options.delaysMs,
            result.retryAfterMs,
            options.jitter,
            Math.random(),
          );
    const status = isDelivered ? "delivered" : retryInMs === null ? "dead" : "pending";
    const recorded = {
      deliveryId: delivery.id,
      tenantId: delivery.tenant_id,
      eventId: delivery.event_id,
      destinationId: delivery.destination_id,
      retentionDays: delivery.retention_days,
      attempt: { number, ...result },
      status,
      retryInMs,
      disableReason: isGone ? "It answered 410 Gone" : null,
    } as const;
    await ledger.record(recorded, isAwaited());
    measure(options.metrics, delivery, destination, result, status);
    if (retryInMs !== null) {
      const retry = options.tracing?.start("webhook schedule", {
        kind: "producer",
        parent: span?.traceparent,
        attributes: { "messaging.system": "bullmq", "condo.retry_in_ms": Math.round(retryInMs) },
      });
      options.wakeIn(destination, retryInMs, retry?.traceparent);
      retry?.end();
    }
    logger[isDelivered ? "debug" : "info"](
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
    return verdictOf(result);
  };
}

function measure(
  metrics: DelivererOptions["metrics"],
  delivery: ClaimedDelivery,
  destination: Destination,
  result: SendResult,
  status: "delivered" | "dead" | "pending",
): void {
  const { kind } = destination.target;
  const outcome = status === "pending" ? "retry" : status;
  const answer = result.statusCode === null ? "none" : `${Math.trunc(result.statusCode / 100)}xx`;
  metrics.attempts.inc({ kind, outcome, answer });
  metrics.attemptDuration.observe({ kind, outcome }, result.durationMs / 1_000);
  // What was sent again by a person did not take as long as it is old.
  if (status !== "delivered" || delivery.attempts_before > 0) return;
  const deliveredAt = result.startedAt.getTime() + result.durationMs;
  metrics.latency.observe(
    { plan: metrics.planLabel(destination.plan), attempt: delivery.attempts === 0 ? "first" : "later" },
    // Clocks of two machines differ.
    Math.max(0, deliveredAt - delivery.received_at.getTime()) / 1_000,
  );
}

function verdictOf({ statusCode, error, retryAfterMs, isOurFault }: SendResult): Verdict {
  const asksForPause = (statusCode === 429 || statusCode === 503) && retryAfterMs !== null;
  const pauseMs = asksForPause ? Math.min(retryAfterMs, pauseCapMs) : 0;
  if (error === null) return { isWell: true, pauseMs, isRecorded: true };
  // A destination that says when to come back works as it should.
  if (isOurFault || (statusCode === 429 && asksForPause)) return { isWell: null, pauseMs, isRecorded: true };
  return { isWell: !isTrouble(statusCode), pauseMs, isRecorded: true };
}

/** Answers that say the destination is in trouble; another 4xx says that it did not like this one event. */
function isTrouble(statusCode: number | null): boolean {
  return statusCode === null || statusCode >= 500 || statusCode === 429 || statusCode === 408;
}
