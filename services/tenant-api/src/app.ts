import {
  buildService,
  createKeySet,
  createMetrics,
  createTenantCache,
  fetchJwks,
  idempotency,
  tellOfPool,
  type App,
  type Logger,
} from "@condo/http";
import { connectRedis } from "@condo/redis";
import { connect } from "@condo/schema";
import { createTxtResolver } from "@condo/tenancy";
import { createTracing } from "@condo/tracing";
import { createSealer } from "@condo/secrets";
import { sql } from "kysely";
import { createApiDocument } from "./api-document.ts";
import type { Config } from "@condo/settings/tenant-api";
import type { Context } from "./context.ts";
import { createEventFeed } from "./event-feed.ts";
import { followChanges, forgetOwnChanges } from "./forget-changes.ts";
import { reference } from "./reference.ts";
import { routes, tags } from "./routes/index.ts";

const redisTimeoutMs = 2_000;

/** Builds tenant-api; it does not listen. Closing the app closes what it opened. */
export async function buildApp(config: Config, logger: Logger): Promise<App> {
  const db = connect(config.DATABASE_URL, {
    applicationName: "tenant-api",
    onError: (err) => logger.warn({ err }, "lost a database connection"),
  });
  const tracing = await createTracing("tenant-api", config);
  const metrics = createMetrics("tenant-api");
  tellOfPool(metrics, db);
  const redis = connectRedis(config.REDIS_URL, {
    waits: false,
    commandTimeoutMs: redisTimeoutMs,
    onError: (err) => logger.warn({ err }, "redis"),
  });

  const baseHost = new URL(config.PUBLIC_URL).hostname;

  const app = await buildService({
    name: "tenant-api",
    tags,
    logger,
    trustProxy: config.TRUST_PROXY,
    metrics,
    settings: config,
    tracing,
    checks: {
      postgres: { check: () => sql`select 1`.execute(db), required: true },
      redis: { check: () => redis.ping(), required: false },
    },
    authentication: {
      db,
      keys: createKeySet(fetchJwks(config.JWKS_URL)),
      issuer: config.PUBLIC_URL,
      baseHost,
    },
    limits: { redis, config },
    quietRoutes: ["/health"],
    document: createApiDocument([config.IDENTITY_URL, config.INGEST_URL]),
  });
  const cache = createTenantCache(redis);
  const closing = new AbortController();
  const following = followChanges(config.REDIS_URL, cache, logger, closing.signal);
  app.addHook("onClose", async () => {
    closing.abort();
    await following;
    redis.disconnect();
    await db.destroy();
  });

  const feed = createEventFeed({
    db,
    databaseUrl: config.DATABASE_URL,
    onError: (err) => logger.warn({ err }, "event feed"),
  });
  // Before the connections are waited for: a stream would never end by itself.
  app.addHook("preClose", async () => feed.close());

  const sealer = createSealer(config.CONDO_MASTER_KEY);
  forgetOwnChanges(app, cache);
  await app.register(idempotency, { db, sealer });
  const resolveTxt = createTxtResolver(config.DNS_SERVERS);
  const context: Context = { config, db, redis, sealer, cache, feed, resolveTxt, baseHost };
  await reference(app);
  await routes(app, context);
  return app;
}
