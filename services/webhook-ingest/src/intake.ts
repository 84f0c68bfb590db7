import type { Logger, Metrics, Problem } from "@condo/http";
import {
  createAppender,
  OverBudget,
  type IncomingEvent,
  type IntakeLimits,
  type Receipt,
  type Replication,
  type Shortage,
} from "@condo/intake";
import type { GapBridge, RedisConnection } from "@condo/redis";
import { withTenant, type Db } from "@condo/schema";
import type { Tracing } from "@condo/tracing";
import { eventsOfMonth, monthOf } from "@condo/tenancy";
import { intakeUnavailable, monthSpent, overBudget, tenantOverBudget } from "./errors.ts";
import { createRecorder } from "./recorder.ts";
import { traced } from "./traced.ts";

/** Takes events in; what it has answered for is on stable storage. */
export interface Intake {
  /** @throws Problem 503 when neither engine takes it or the intake is full, 429 when the tenant's part of it is, or its month used up */
  take(event: IncomingEvent): Promise<Receipt>;
  /** @throws Problem as `take`, when it is known already that it would; so that a body need not be read for nothing */
  assertRoom(tenantId: string): Promise<void>;
}

/**
 * The intake stream in Redis, or Postgres while Redis is away. An append whose answer was lost may have happened; the
 * event goes to Postgres under the same id and dedupe key, where the two meet and count once. Where Postgres is away, too,
 * and the connection to Redis was lost a moment ago, the next one has its chance.
 */
export function createIntake(options: {
  redis: RedisConnection;
  gaps: GapBridge;
  db: Db;
  shards: number;
  limits: IntakeLimits;
  replication: Replication | null;
  metrics: Metrics;
  tracing: Tracing | undefined;
  logger: Logger;
}): Intake {
  const { redis, gaps, db, shards, limits, replication, metrics, tracing, logger } = options;
  const taken = metrics.counter(
    "condo_ingest_webhooks_total",
    "Webhooks that were answered for, by what became of them and by the engine that has them",
    ["status", "engine"],
  );
  const bytes = metrics.counter("condo_ingest_bytes_total", "Bytes of the bodies of accepted webhooks");
  function count(receipt: Receipt, engine: "redis" | "postgres", event: IncomingEvent): Receipt {
    taken.inc({ status: receipt.status, engine });
    if (receipt.status === "accepted") bytes.inc(event.body.length);
    return receipt;
  }
  const appender = createAppender(
    redis,
    shards,
    limits,
    (tenantId) => usedThisMonth(db, tenantId),
    replication,
  );
  const recordInPostgres = createRecorder(db);

  async function append(event: IncomingEvent): Promise<Receipt> {
    return count(await traced(tracing, "redis", event, appender.append(event)), "redis", event);
  }

  async function record(event: IncomingEvent): Promise<Receipt> {
    return count(await traced(tracing, "postgres", event, recordInPostgres(event)), "postgres", event);
  }

  async function takeByEither(event: IncomingEvent): Promise<Receipt> {
    const connection = gaps.connection();
    if (redis.status === "ready") {
      try {
        return await append(event);
      } catch (error) {
        // Full is not away: Postgres, which the drain is already behind with, takes no more either.
        if (error instanceof OverBudget) throw error;
        logger.warn(
          { err: error, event_id: event.id },
          "the intake stream did not take an event: on to postgres",
        );
      }
    }
    try {
      return await record(event);
    } catch (error) {
      if (error instanceof OverBudget || !(await gaps.isThere(connection))) throw error;
      return append(event);
    }
  }

  return {
    async take(event) {
      try {
        return await takeByEither(event);
      } catch (error) {
        if (error instanceof OverBudget) throw problemOf(error.shortage, event.monthlyLimit, error);
        throw intakeUnavailable(error);
      }
    },
    async assertRoom(tenantId) {
      const shortage = await appender.gate.check(tenantId);
      if (shortage) throw problemOf(shortage);
    },
  };
}

async function usedThisMonth(db: Db, tenantId: string): Promise<{ events: number; endsInMs: number }> {
  const { begins, ends } = monthOf(new Date());
  const events = await withTenant(db, tenantId, (trx) => eventsOfMonth(trx, tenantId, begins));
  return { events, endsInMs: ends.getTime() - Date.now() };
}

function problemOf(shortage: Shortage, monthlyLimit: number | null = null, cause?: unknown): Problem {
  if (shortage === "intake") return overBudget(cause);
  if (shortage === "tenant") return tenantOverBudget(cause);
  return monthSpent(monthlyLimit, monthOf(new Date()).ends.getTime() - Date.now(), cause);
}
