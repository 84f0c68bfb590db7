import { buildService, type App, type Logger } from "@condo/http";
import { durabilityOf } from "@condo/intake";
import { connect } from "@condo/schema";
import { createSealer } from "@condo/secrets";
import { Redis } from "ioredis";
import { sql } from "kysely";
import type { Config } from "./config.ts";
import type { Context } from "./context.ts";
import { followChanges } from "./follow-changes.ts";
import { createIntake } from "./intake.ts";
import { routes } from "./routes/index.ts";
import { createSourceDirectory } from "./source-directory.ts";

/** An append that takes longer than this goes to Postgres instead. */
const redisTimeoutMs = 2_000;
const reconnectPauseMs = 200;

/** Builds webhook-ingest; it does not listen. Closing the app closes what it opened. */
export async function buildApp(config: Config, logger: Logger): Promise<App> {
  const db = connect(config.DATABASE_URL, {
    applicationName: "webhook-ingest",
    onError: (err) => logger.warn({ err }, "lost a database connection"),
  });
  const redis = new Redis(config.REDIS_URL, {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: redisTimeoutMs,
    retryStrategy: () => reconnectPauseMs,
  });
  redis.on("error", (err) => logger.warn({ err }, "redis"));
  redis.on("ready", () => void sayDurability(redis, logger));
  redis.connect().catch(() => undefined);

  const directory = createSourceDirectory(db, redis, createSealer(config.CONDO_MASTER_KEY), logger);
  const closing = new AbortController();
  const follower = new Redis(config.REDIS_URL, {
    retryStrategy: () => reconnectPauseMs,
    maxRetriesPerRequest: 1,
  });
  follower.on("error", () => undefined);
  const following = followChanges(follower, directory, logger, closing.signal);

  const app = await buildService({
    name: "webhook-ingest",
    logger,
    trustProxy: config.TRUST_PROXY,
    bodyLimit: config.MAX_WEBHOOK_BYTES,
    checks: {
      redis: { check: () => redis.ping(), required: false },
      postgres: { check: () => sql`select 1`.execute(db), required: false },
    },
    quietRoutes: ["/api/v1/webhooks/:service_name", "/api/v1/webhooks/health"],
  });
  app.addHook("onClose", async () => {
    closing.abort();
    follower.disconnect();
    await following;
    redis.disconnect();
    await db.destroy();
  });

  const context: Context = {
    config,
    db,
    redis,
    directory,
    intake: createIntake(redis, db, config.INTAKE_SHARDS, logger),
    baseHost: new URL(config.PUBLIC_URL).hostname,
  };
  await routes(app, context);
  return app;
}

async function sayDurability(redis: Redis, logger: Logger): Promise<void> {
  try {
    const mode = await durabilityOf(redis);
    const level = mode === "fsync_always" ? "info" : "warn";
    logger[level]({ mode }, "what an acknowledgement is worth with this redis");
  } catch (err) {
    logger.warn({ err }, "redis did not say how it persists");
  }
}
