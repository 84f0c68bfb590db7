import { randomUUID } from "node:crypto";
import { hostname, tmpdir } from "node:os";
import { buildService, createMetrics, tellOfPool, type App, type Logger, type Metrics } from "@condo/http";
import { createSourceJournal, durabilityOf } from "@condo/intake";
import { bridgeGaps, connectRedis, isClusterUrl, type RedisConnection } from "@condo/redis";
import { connect } from "@condo/schema";
import { createTracing } from "@condo/tracing";
import { createSealer } from "@condo/secrets";
import { sql } from "kysely";
import type { Config } from "@condo/settings/webhook-ingest";
import { createByteBudget } from "./byte-budget.ts";
import type { Context } from "./context.ts";
import { copyChangedSources } from "./copy-changed-sources.ts";
import { createFairLine, type FairLine } from "./fair-line.ts";
import { followChanges } from "./follow-changes.ts";
import { createIntake } from "./intake.ts";
import { createRefusalLine, type RefusalLine } from "./refusal-line.ts";
import { createRejections } from "./rejections.ts";
import { routes, tags } from "./routes/index.ts";
import { createSourceCopies } from "./source-copies.ts";
import { createSourceDirectory } from "./source-directory.ts";
import { createSourceLoader } from "./source-loader.ts";
import { createSpool, type Spool } from "./spool.ts";
import { tellOfBudgets } from "./tell-of-budgets.ts";
import { tellOfIntake } from "./tell-of-intake.ts";
import { createUnknownLimit } from "./unknown-limit.ts";

/** An append that takes longer than this goes to Postgres instead. */
const redisTimeoutMs = 2_000;
/** An append that its replicas have not confirmed in this time goes to Postgres too. */
const replicaTimeoutMs = 500;
/** A connection to Redis that is missing for no longer than this is waited for, while there is no Postgres to turn to. */
const redisGapMs = 2_000;

/**
 * Builds webhook-ingest; it does not listen. Its connection to Redis is made by then, unless Redis is away: a first webhook
 * may need it. Closing the app closes what it opened.
 *
 * @param overrides what a test sees into
 */
export async function buildApp(
  config: Config,
  logger: Logger,
  overrides: {
    refusalLine?: (metrics: Metrics) => RefusalLine;
    fairLine?: (metrics: Metrics) => FairLine;
  } = {},
): Promise<App> {
  const db = connect(config.DATABASE_URL, {
    applicationName: "webhook-ingest",
    onError: (err) => logger.warn({ err }, "lost a database connection"),
  });
  const tracing = await createTracing("webhook-ingest", config);
  const metrics = createMetrics("webhook-ingest");
  tellOfPool(metrics, db);
  const redis = connectRedis(config.REDIS_URL, {
    waits: false,
    commandTimeoutMs: redisTimeoutMs,
    onError: (err) => logger.warn({ err }, "redis"),
  });
  redis.on("ready", () => void sayDurability(redis, logger));

  const closing = new AbortController();
  const gaps = bridgeGaps(redis, redisGapMs, closing.signal);
  const load = createSourceLoader(db);
  const copies = createSourceCopies(redis, gaps);
  const directory = createSourceDirectory({
    load,
    copies,
    sealer: createSealer(config.CONDO_MASTER_KEY),
    memoryBytes: config.SOURCE_MEMORY_BYTES,
    metrics,
    logger,
  });
  const following = Promise.all([
    followChanges(config.REDIS_URL, directory, logger, closing.signal),
    copyChangedSources({
      db,
      load,
      copies,
      connectRedis: () => connectRedis(config.REDIS_URL, { waits: true, onError: () => undefined }),
      instance: `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`,
      logger,
      signal: closing.signal,
    }),
  ]);

  const app = await buildService({
    name: "webhook-ingest",
    tags,
    logger,
    trustProxy: config.TRUST_PROXY,
    metrics,
    settings: config,
    tracing,
    bodyLimit: config.MAX_WEBHOOK_BYTES,
    checks: {
      redis: { check: () => redis.ping(), required: false },
      postgres: { check: () => sql`select 1`.execute(db), required: false },
    },
    quietRoutes: [
      "/api/v1/webhooks/:service_name",
      "/api/v1/webhooks/:service_name/:source_key",
      "/api/v1/webhooks/health",
    ],
  });
  const journal = createSourceJournal(redis);
  const refusalLine = (overrides.refusalLine ?? createRefusalLine)(metrics);
  app.addHook("preClose", async () => refusalLine.end());
  app.addHook("onClose", async () => {
    closing.abort();
    await following;
    await journal.close();
    redis.disconnect();
    await db.destroy();
  });

  const publicUrl = new URL(config.PUBLIC_URL);
  const replicas = config.INTAKE_REPLICAS ?? (isClusterUrl(config.REDIS_URL) ? 1 : 0);
  const limits = {
    bytes: config.INTAKE_MAX_BYTES,
    events: config.INTAKE_MAX_EVENTS,
    tenantBytes: config.INTAKE_TENANT_MAX_BYTES,
    tenantEvents: config.INTAKE_TENANT_MAX_EVENTS,
  };
  tellOfIntake(metrics, redis, config.INTAKE_SHARDS, limits);
  const memory = createByteBudget(Math.max(config.REQUEST_MEMORY_BYTES, config.MAX_WEBHOOK_BYTES));
  const spool = openSpool(config, logger);
  tellOfBudgets(metrics, memory, spool);
  const context: Context = {
    config,
    db,
    redis,
    directory,
    journal,
    intake: createIntake({
      redis,
      gaps,
      db,
      shards: config.INTAKE_SHARDS,
      limits,
      replication: replicas > 0 ? { replicas, withinMs: replicaTimeoutMs } : null,
      metrics,
      tracing,
      logger,
    }),
    memory,
    spool,
    rejections: createRejections(journal, metrics),
    fairLine: (overrides.fairLine ?? createFairLine)(metrics),
    refusalLine,
    unknownLimit: createUnknownLimit(),
    publicProtocol: publicUrl.protocol,
    baseHost: publicUrl.hostname,
  };
  await routes(app, context);
  await gaps.isThere();
  return app;
}

/** Without a folder to write in, bodies are held in memory, and are no larger than a webhook's. */
function openSpool(config: Config, logger: Logger): Spool | null {
  if (config.SPOOL_MAX_BYTES === 0) return null;
  const folder = config.SPOOL_DIR ?? tmpdir();
  try {
    return createSpool(folder, config.SPOOL_MAX_BYTES, config.MAX_BULK_BYTES);
  } catch (err) {
    logger.warn(
      { err, folder },
      "signed bulk requests can't wait on disk: memory holds them, MAX_WEBHOOK_BYTES of each",
    );
    return null;
  }
}

async function sayDurability(redis: RedisConnection, logger: Logger): Promise<void> {
  try {
    const mode = await durabilityOf(redis);
    const level = mode === "fsync_always" ? "info" : "warn";
    logger[level]({ mode }, "what an acknowledgement is worth with this redis");
  } catch (err) {
    logger.warn({ err }, "redis did not say how it persists");
  }
}
