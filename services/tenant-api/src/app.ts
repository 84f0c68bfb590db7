import rateLimit from "@fastify/rate-limit";
import { buildService, createKeySet, fetchJwks, rateLimited, type App, type Logger } from "@condo/http";
import { connect } from "@condo/schema";
import { createSealer } from "@condo/secrets";
import { Redis } from "ioredis";
import { sql } from "kysely";
import { createApiDocument } from "./api-document.ts";
import type { Config } from "./config.ts";
import type { Context } from "./context.ts";
import { reference } from "./reference.ts";
import { routes } from "./routes/index.ts";

/** Builds tenant-api; it does not listen. Closing the app closes what it opened. */
export async function buildApp(config: Config, logger: Logger): Promise<App> {
  const db = connect(config.DATABASE_URL, {
    applicationName: "tenant-api",
    onError: (err) => logger.warn({ err }, "lost a database connection"),
  });
  const redis = new Redis(config.REDIS_URL, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    lazyConnect: true,
  });
  redis.on("error", (err) => logger.warn({ err }, "redis"));
  redis.connect().catch(() => undefined);

  const app = await buildService({
    name: "tenant-api",
    logger,
    trustProxy: config.TRUST_PROXY,
    checks: {
      postgres: { check: () => sql`select 1`.execute(db), required: true },
      redis: { check: () => redis.ping(), required: false },
    },
    authentication: {
      db,
      keys: createKeySet(fetchJwks(config.JWKS_URL)),
      issuer: config.PUBLIC_URL,
      baseHost: new URL(config.PUBLIC_URL).hostname,
    },
    quietRoutes: ["/health"],
    document: createApiDocument([config.IDENTITY_URL, config.INGEST_URL]),
  });
  app.addHook("onClose", async () => {
    redis.disconnect();
    await db.destroy();
  });
  await app.register(rateLimit, {
    max: config.REQUESTS_PER_MINUTE,
    timeWindow: 60_000,
    enableDraftSpec: true,
    errorResponseBuilder: rateLimited,
  });

  const context: Context = { config, db, redis, sealer: createSealer(config.CONDO_MASTER_KEY) };
  await reference(app);
  await routes(app, context);
  return app;
}
