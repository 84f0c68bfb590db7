import type { Logger } from "@condo/http";
import { markIntake } from "@condo/intake";
import { createAddressRule, createGuardedAgent } from "@condo/outbound";
import type { RedisConnection } from "@condo/redis";
import { createShaper } from "@condo/routing";
import type { Db } from "@condo/schema";
import { createSealer } from "@condo/secrets";
import type { Tracing } from "@condo/tracing";
import type { Config } from "@condo/settings/worker";
import { createBreakers } from "./delivery/breakers.ts";
import { createCrew } from "./delivery/crew.ts";
import { createDeliverer } from "./delivery/deliver.ts";
import { createDestinations, type DestinationReference } from "./delivery/destinations.ts";
import { createDispatcher } from "./delivery/dispatcher.ts";
import { createLedger } from "./delivery/ledger.ts";
import { createLimits } from "./delivery/limits.ts";
import { createWakeQueue, hearWakeUps } from "./delivery/queue.ts";
import { createSend } from "./delivery/send.ts";
import { CutShort } from "./delivery/send-result.ts";
import { followChanges } from "./follow.ts";
import { sweep } from "./sweep.ts";
import { createTaker } from "./take.ts";
import type { WorkerMetrics } from "./worker-metrics.ts";

const drainedWithinMs = 2_000;

/** Everything that sends deliveries, wired together. */
export function createDelivering(
  config: Config,
  {
    db,
    redis,
    connectRedis,
    instance,
    metrics,
    tracing,
    logger,
  }: {
    db: Db;
    redis: RedisConnection;
    /** Makes a connection of its own. */
    connectRedis: () => RedisConnection;
    instance: string;
    metrics: WorkerMetrics;
    tracing: Tracing | undefined;
    logger: Logger;
  },
) {
  const agent = createGuardedAgent({
    isAllowed: createAddressRule(config.OUTBOUND_ALLOW),
    connectTimeoutMs: Math.min(config.DELIVERY_CONNECT_TIMEOUT_MS, config.DELIVERY_TIMEOUT_MS),
  });
  const shaper = createShaper();
  const underWay = new Set<AbortController>();
  const destinations = createDestinations(db, createSealer(config.CONDO_MASTER_KEY), logger);
  const ledger = createLedger({
    db,
    timeoutMs: config.DELIVERY_TIMEOUT_MS,
    bodyTimeoutMs: config.DELIVERY_BODY_TIMEOUT_MS,
    gatherMs: config.DELIVERY_GATHER_MS,
    markIntake: () => markIntake(redis, config.INTAKE_SHARDS, drainedWithinMs),
  });
  const queue = createWakeQueue(redis, logger);
  const crew = createCrew(redis, instance, logger);
  const wake = (destination: DestinationReference) => dispatcher.wake(destination);
  const breakers = createBreakers({
    db,
    settings: {
      failures: config.BREAKER_FAILURES,
      failureShare: config.BREAKER_FAILURE_SHARE,
      minAttempts: config.BREAKER_MIN_ATTEMPTS,
      windowMs: config.BREAKER_WINDOW_MS,
      openMs: config.BREAKER_OPEN_MS,
      openMaxMs: config.BREAKER_OPEN_MAX_MS,
      growth: config.BREAKER_GROWTH,
      probes: config.BREAKER_PROBES,
    },
    probingMs: ledger.leaseMs({ timeoutMs: null, transform: null }),
    disableAfterMs: config.DISABLE_AFTER_MS,
    onChange: wake,
    metrics,
    logger,
  });
  const dispatcher = createDispatcher({
    ledger,
    destinations,
    breakers,
    limits: createLimits(crew, {
      atOnce: config.DESTINATION_CONCURRENCY,
      tenantPerSecond: config.TENANT_PER_SECOND === 0 ? null : config.TENANT_PER_SECOND,
    }),
    deliver: createDeliverer({
      send: createSend({
        agent,
        redis,
        shaper,
        timeoutMs: config.DELIVERY_TIMEOUT_MS,
        bodyTimeoutMs: config.DELIVERY_BODY_TIMEOUT_MS,
        underWay,
      }),
      ledger,
      wakeIn: (destination, ms, traceparent) => queue.wakeIn(destination, ms, traceparent),
      metrics,
      tracing,
      logger,
      delaysMs: config.DELIVERY_SCHEDULE_MS,
      jitter: config.DELIVERY_JITTER,
    }),
    logger,
    concurrency: {
      total: config.DELIVERY_CONCURRENCY,
      tenant: config.TENANT_CONCURRENCY,
    },
  });

  return {
    taker: createTaker(dispatcher, ledger),
    counts: () => dispatcher.counts(),
    /** @returns the loops, which end when `signal` aborts, and what stops the queue */
    async start(signal: AbortSignal): Promise<{ loops: Promise<void>[]; stopHearing: () => Promise<void> }> {
      const stopHearing = hearWakeUps(connectRedis(), wake, { tracing, logger });
      const alongside = async () => {
        dispatcher.tick();
        await Promise.all([crew.refresh(), breakers.refresh()]);
      };
      // Breakers that were open stay open: they are known before the first delivery is sent.
      await breakers.refresh().catch((err: unknown) => logger.warn({ err }, "breakers"));
      const onChange = (destination: DestinationReference) => {
        breakers.refresh().catch((err: unknown) => logger.warn({ err }, "breakers"));
        dispatcher.wake(destination);
      };
      return {
        loops: [
          sweep({ db, wake, alongside, logger, signal }),
          followChanges({
            connectRedis,
            destinations,
            onChange,
            onTenantChange: (tenantId) => dispatcher.wakeTenant(tenantId),
            logger,
            signal,
          }),
        ],
        stopHearing,
      };
    },
    /** Sees through what is under way, and hands back what takes too long. */
    async finish(): Promise<void> {
      const timer = setTimeout(() => {
        for (const limit of underWay) limit.abort(new CutShort("The worker closes"));
      }, config.CLOSE_TIMEOUT_MS);
      await dispatcher.close();
      clearTimeout(timer);
      await queue.close();
    },
    async close(): Promise<void> {
      shaper.close();
      await agent.close();
    },
  };
}
