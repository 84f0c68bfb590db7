import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { buildService, createMetrics, startHeartbeat, tellOfPool, type App, type Logger } from "@condo/http";
import { connectRedis, type RedisConnection } from "@condo/redis";
import { connect } from "@condo/schema";
import { createSealer } from "@condo/secrets";
import { createTxtResolver } from "@condo/tenancy";
import { createTracing } from "@condo/tracing";
import { sql } from "kysely";
import { chainAudit } from "./chain-audit.ts";
import { checkDomains } from "./check-domains.ts";
import type { Config } from "@condo/settings/worker";
import { drain } from "./drain.ts";
import { followTenants } from "./follow-tenants.ts";
import { pause } from "./pause.ts";
import { createDelivering } from "./delivering.ts";
import { relay } from "./relay.ts";
import { replay } from "./replay.ts";
import { retainAudit } from "./retain-audit.ts";
import { retain } from "./retain.ts";
import { tellOfBacklog } from "./tell-of-backlog.ts";
import { createWorkerMetrics } from "./worker-metrics.ts";

/** Builds the worker: health checks to listen on, and the loops, which start when the app is ready. */
export async function buildApp(config: Config, logger: Logger): Promise<App> {
  const instance = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  const db = connect(config.DATABASE_URL, {
    applicationName: "worker",
    poolSize: 12,
    plansForMs: 1_000,
    onError: (err) => logger.warn({ err }, "lost a database connection"),
  });
  const tracing = await createTracing("worker", config);
  const metrics = createMetrics("worker");
  tellOfPool(metrics, db);
  const connections: RedisConnection[] = [];
  const open = (): RedisConnection => {
    const connection = connectRedis(config.REDIS_URL, {
      waits: true,
      onError: (err) => logger.warn({ err }, "redis"),
    });
    connections.push(connection);
    return connection;
  };
  const redis = open();
  const counted = createWorkerMetrics(metrics);
  const delivering = createDelivering(config, {
    db,
    redis,
    connectRedis: open,
    instance,
    metrics: counted,
    tracing,
    logger,
  });
  tellOfBacklog(metrics, { db, redis, counts: delivering.counts });

  const app = await buildService({
    name: "worker",
    logger,
    trustProxy: config.TRUST_PROXY,
    metrics,
    settings: config,
    tracing,
    checks: {
      postgres: { check: () => sql`select 1`.execute(db), required: true },
      redis: { check: () => redis.ping(), required: true },
    },
  });

  const closing = new AbortController();
  const { signal } = closing;
  const stops: (() => Promise<void>)[] = [];
  const loops: Promise<void>[] = [];

  app.addHook("onReady", async () => {
    stops.push(startHeartbeat(redis, "worker", instance));
    const started = await delivering.start(signal);
    stops.push(started.stopHearing);
    loops.push(...started.loops);
    for (let shard = 0; shard < config.INTAKE_SHARDS; shard++) {
      loops.push(
        drain({
          redis: open(),
          db,
          shard,
          consumer: instance,
          taker: delivering.taker,
          metrics: counted,
          tracing,
          logger,
          signal,
        }),
      );
    }
    loops.push(
      replay({ db, logger, signal }),
      relay({ db, databaseUrl: config.DATABASE_URL, redis, metrics: counted, logger, signal }),
      retain({ db, sealer: createSealer(config.CONDO_MASTER_KEY), logger, signal }),
      chainAudit({ db, logger, signal }),
      followTenants({
        db,
        redis,
        shards: config.INTAKE_SHARDS,
        everyMs: config.TENANTS_EVERY_MS,
        logger,
        signal,
      }),
      checkDomains({
        db,
        resolveTxt: createTxtResolver(config.DNS_SERVERS),
        everyMs: config.DOMAINS_EVERY_MS,
        lapseChecks: config.DOMAIN_LAPSE_CHECKS,
        lapseAfterMs: config.DOMAIN_LAPSE_AFTER_MS,
        logger,
        signal,
      }),
      retainAudit({ db, days: config.AUDIT_RETENTION_DAYS, logger, signal }),
    );
  });
  app.addHook("onClose", async () => {
    closing.abort();
    // With Redis away the loops wait for it: past the limit their connections are cut, which ends them.
    const cut = new AbortController();
    const finished = Promise.all([...stops.map((stop) => stop()), ...loops, delivering.finish()]);
    await Promise.race([finished, pause(config.CLOSE_TIMEOUT_MS, cut.signal)]);
    cut.abort();
    for (const connection of connections) connection.disconnect();
    await finished.catch(() => undefined);
    await delivering.close();
    await db.destroy();
  });
  return app;
}
