import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { buildService, startHeartbeat, type App, type Logger } from "@condo/http";
import { connect } from "@condo/schema";
import { createSealer } from "@condo/secrets";
import { Redis } from "ioredis";
import { sql } from "kysely";
import type { Config } from "./config.ts";
import { createGuards } from "./delivery/breakers.ts";
import { createDeliverer } from "./delivery/deliver.ts";
import { createLedger } from "./delivery/ledger.ts";
import { createAddressRule, createGuardedAgent } from "./delivery/outbound-guard.ts";
import { createDeliveryQueue } from "./delivery/queue.ts";
import { workOnDeliveries } from "./delivery/work.ts";
import { drain, queuedForMs } from "./drain.ts";
import { pause } from "./pause.ts";
import { relay } from "./relay.ts";
import { retain } from "./retain.ts";
import { sweep } from "./sweep.ts";

/** A lease outlives the attempt's timeout by this, so that no attempt overlaps its own retry. */
const leaseMarginMs = 5_000;
const connectTimeoutMs = 5_000;
const finishWithinMs = 20_000;
const reconnectPauseMs = 200;

/** Builds the worker: health checks to listen on, and the loops, which start when the app is ready. */
export async function buildApp(config: Config, logger: Logger): Promise<App> {
  const instance = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  const db = connect(config.DATABASE_URL, {
    applicationName: "worker",
    poolSize: 12,
    onError: (err) => logger.warn({ err }, "lost a database connection"),
  });
  const connections: Redis[] = [];
  const connectRedis = (): Redis => {
    const redis = new Redis(config.REDIS_URL, {
      // BullMQ asks for it: a blocking read waits as long as it takes.
      maxRetriesPerRequest: null,
      retryStrategy: () => reconnectPauseMs,
    });
    redis.on("error", (err) => logger.warn({ err }, "redis"));
    connections.push(redis);
    return redis;
  };
  const redis = connectRedis();
  const queue = createDeliveryQueue(redis);
  const agent = createGuardedAgent({
    isAllowed: createAddressRule(config.OUTBOUND_ALLOW),
    connectTimeoutMs: Math.min(connectTimeoutMs, config.DELIVERY_TIMEOUT_MS),
  });
  const deliver = createDeliverer({
    agent,
    ledger: createLedger(db, config.DELIVERY_TIMEOUT_MS + leaseMarginMs, queuedForMs),
    guardOf: createGuards(
      {
        failures: config.BREAKER_FAILURES,
        openMs: config.BREAKER_OPEN_MS,
        openMaxMs: config.BREAKER_OPEN_MAX_MS,
        concurrency: config.DESTINATION_CONCURRENCY,
        timeoutMs: config.DELIVERY_TIMEOUT_MS,
      },
      logger,
    ),
    sealer: createSealer(config.CONDO_MASTER_KEY),
    logger,
    delaysMs: config.DELIVERY_SCHEDULE_MS,
  });

  const app = await buildService({
    name: "worker",
    logger,
    trustProxy: config.TRUST_PROXY,
    checks: {
      postgres: { check: () => sql`select 1`.execute(db), required: true },
      redis: { check: () => redis.ping(), required: true },
    },
  });

  const closing = new AbortController();
  const { signal } = closing;
  let stopDeliveries: (() => Promise<void>) | undefined;
  let stopHeartbeat: (() => Promise<void>) | undefined;
  const loops: Promise<void>[] = [];

  app.addHook("onReady", async () => {
    for (let shard = 0; shard < config.INTAKE_SHARDS; shard++) {
      loops.push(
        drain({ redis: connectRedis(), db, shard, consumer: instance, queue: queue.add, logger, signal }),
      );
    }
    loops.push(
      sweep({ db, queue: queue.add, logger, signal }),
      relay({ db, databaseUrl: config.DATABASE_URL, redis, logger, signal }),
      retain({ db, logger, signal }),
    );
    stopDeliveries = workOnDeliveries(connectRedis(), config.DELIVERY_CONCURRENCY, deliver, logger);
    stopHeartbeat = startHeartbeat(redis, "worker", instance);
  });
  app.addHook("onClose", async () => {
    closing.abort();
    // With Redis away the loops wait for it: past the limit their connections are cut, which ends them.
    const cut = new AbortController();
    const finished = Promise.all([stopHeartbeat?.(), stopDeliveries?.(), ...loops, queue.close()]);
    await Promise.race([finished, pause(finishWithinMs, cut.signal)]);
    cut.abort();
    for (const connection of connections) connection.disconnect();
    await finished.catch(() => undefined);
    await agent.close();
    await db.destroy();
  });
  return app;
}
