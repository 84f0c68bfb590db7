import rateLimit from "@fastify/rate-limit";
import { buildService, createKeySet, rateLimited, type App, type Logger } from "@condo/http";
import { connect } from "@condo/schema";
import { createSealer } from "@condo/secrets";
import { Redis } from "ioredis";
import { sql } from "kysely";
import type { Config } from "./config.ts";
import type { Context } from "./context.ts";
import { createPasswordHasher } from "./password-hasher.ts";
import { routes } from "./routes/index.ts";
import { createSigningKeys } from "./signing-keys.ts";

/** Builds identity-api; it does not listen. Closing the app closes what it opened. */
export async function buildApp(config: Config, logger: Logger): Promise<App> {
  const db = connect(config.DATABASE_URL, {
    applicationName: "identity-api",
    onError: (err) => logger.warn({ err }, "lost a database connection"),
  });
  const redis = new Redis(config.REDIS_URL, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    lazyConnect: true,
  });
  redis.on("error", (err) => logger.warn({ err }, "redis"));
  const sealer = createSealer(config.CONDO_MASTER_KEY);
  const keys = createSigningKeys(db, sealer);
  const baseHost = new URL(config.PUBLIC_URL).hostname;

  const app = await buildService({
    name: "identity-api",
    logger,
    trustProxy: config.TRUST_PROXY,
    checks: {
      postgres: { check: () => sql`select 1`.execute(db), required: true },
      redis: { check: () => redis.ping(), required: false },
    },
    authentication: { db, keys: createKeySet(() => keys.published()), issuer: config.PUBLIC_URL, baseHost },
  });
  app.addHook("onClose", async () => {
    redis.disconnect();
    await db.destroy();
  });
  // Without Redis, logins go on unlimited by address: the lock of an account is in Postgres.
  redis.connect().catch(() => undefined);
  await app.register(rateLimit, {
    global: false,
    timeWindow: 60_000,
    redis,
    nameSpace: "condo:limit:identity:",
    skipOnError: true,
    enableDraftSpec: true,
    errorResponseBuilder: rateLimited,
  });

  const context: Context = { config, db, sealer, keys, hasher: await createPasswordHasher(), baseHost };
  await routes(app, context);
  return app;
}
