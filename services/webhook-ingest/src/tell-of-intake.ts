import type { Metrics } from "@condo/http";
import { intakeLag, type IntakeLimits } from "@condo/intake";
import type { RedisConnection } from "@condo/redis";

const maxAgeMs = 1_000;

/**
 * Tells what waits in the intake: from here and not from the workers, who may all be down just when it matters. Every
 * process tells the same, so that a maximum over them is the truth.
 */
export function tellOfIntake(
  metrics: Metrics,
  redis: RedisConnection,
  shards: number,
  limits: IntakeLimits,
): void {
  metrics.look(
    {
      condo_intake_entries: { help: "Accepted webhooks that wait to be recorded in Postgres" },
      condo_intake_bytes: { help: "Bytes that they hold" },
      condo_intake_oldest_age_seconds: {
        help: "How long the first of them has waited; 0 when there is none",
      },
      condo_intake_limit_entries: { help: "How many may wait before senders are told to come back" },
      condo_intake_limit_bytes: { help: "How many bytes may wait" },
    },
    async () => {
      const lags = await Promise.all(Array.from({ length: shards }, (_, shard) => intakeLag(redis, shard)));
      const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
      return {
        condo_intake_entries: sum(lags.map(({ entries }) => entries)),
        condo_intake_bytes: sum(lags.map(({ bytes }) => bytes)),
        condo_intake_oldest_age_seconds: Math.max(...lags.map(({ oldestAgeMs }) => oldestAgeMs)) / 1_000,
        condo_intake_limit_entries: limits.events,
        condo_intake_limit_bytes: limits.bytes,
      };
    },
    maxAgeMs,
  );
}
