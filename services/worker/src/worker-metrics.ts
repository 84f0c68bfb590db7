import type { Metrics } from "@condo/http";

const batchBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30];
const attemptBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];
/** From a delivery at once to one that took the whole schedule of retries. */
const latencyBuckets = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1_800, 7_200, 43_200, 345_600,
];

/** Plans are the operator's to make: past this many, those that come later are one. */
const plansAtMost = 20;

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>;

/** What a worker counts of its own work; of what waits for all workers, see `tell-of-backlog.ts`. */
export function createWorkerMetrics(metrics: Metrics) {
  const plans = new Set<string>();
  return {
    planLabel(plan: string): string {
      if (plans.size < plansAtMost) plans.add(plan);
      return plans.has(plan) ? plan : "other";
    },
    drained: metrics.counter(
      "condo_drain_entries_total",
      "Intake entries that were dealt with: recorded, known already, or set aside as unreadable",
      ["outcome"],
    ),
    drainFailures: metrics.counter(
      "condo_drain_failures_total",
      "Batches of the intake that could not be recorded yet, and are tried again",
    ),
    recording: metrics.histogram(
      "condo_drain_batch_duration_seconds",
      "Time that Postgres takes to record a batch of the intake",
      batchBuckets,
    ),
    attempts: metrics.counter(
      "condo_delivery_attempts_total",
      "Attempts of deliveries, by what came of them (delivered, retry, dead) and the class of the answer's status",
      ["kind", "outcome", "answer"],
    ),
    attemptDuration: metrics.histogram(
      "condo_delivery_attempt_duration_seconds",
      "Time that an attempt takes, to the end of the answer",
      attemptBuckets,
      ["kind", "outcome"],
    ),
    latency: metrics.histogram(
      "condo_delivery_latency_seconds",
      "Time from the acceptance of a webhook to its delivery, by plan and whether the first attempt did it",
      latencyBuckets,
      ["plan", "attempt"],
    ),
    transitions: metrics.counter(
      "condo_circuit_breaker_transitions_total",
      "Transitions of circuit breakers that this worker made, by the state they went to",
      ["state"],
    ),
    relayed: metrics.counter(
      "condo_outbox_relayed_total",
      "Domain events that were published to their streams",
    ),
  };
}
