import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import cookie from "@fastify/cookie";
import {
  buildService,
  createKeySet,
  createMetrics,
  idempotency,
  tellOfPool,
  type App,
  type Logger,
} from "@condo/http";
import { createAddressRule, createGuardedAgent } from "@condo/outbound";
import { connectRedis } from "@condo/redis";
import { connect } from "@condo/schema";
import { createTracing } from "@condo/tracing";
import { createSealer } from "@condo/secrets";
import { createSigningKeys } from "@condo/signing-keys";
import { sql } from "kysely";
import type { Config } from "@condo/settings/identity-api";
import type { Context } from "./context.ts";
import { createKeyedGate } from "./gate.ts";
import { maxProviderBytes } from "./oidc.ts";
import { mailNotices } from "./mail/notices.ts";
import { createMailSender } from "./mail/sender.ts";
import { createMailTransport } from "./mail/transport.ts";
import { createPasswordHasher, hashingQueueLimit } from "./password-hasher.ts";
import { routes, tags } from "./routes/index.ts";

/** A login waits no longer than this for a Redis that hangs. */
const redisTimeoutMs = 500;

/** Builds identity-api; it does not listen. Closing the app closes what it opened. */
export async function buildApp(config: Config, logger: Logger): Promise<App> {
  const db = connect(config.DATABASE_URL, {
    applicationName: "identity-api",
    onError: (err) => logger.warn({ err }, "lost a database connection"),
  });
  const tracing = await createTracing("identity-api", config);
  const metrics = createMetrics("identity-api");
  tellOfPool(metrics, db);
  const redis = connectRedis(config.REDIS_URL, {
    waits: false,
    commandTimeoutMs: redisTimeoutMs,
    onError: (err) => logger.warn({ err }, "redis"),
  });
  const sealer = createSealer(config.CONDO_MASTER_KEY);
  const keys = createSigningKeys(db, sealer, config.TOKEN_ALGORITHM);
  const outbound = createGuardedAgent({
    isAllowed: createAddressRule(config.OUTBOUND_ALLOW),
    connectTimeoutMs: 5_000,
    maxResponseBytes: maxProviderBytes,
  });
  const baseHost = new URL(config.PUBLIC_URL).hostname;

  const app = await buildService({
    name: "identity-api",
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
    authentication: { db, keys: createKeySet(() => keys.published()), issuer: config.PUBLIC_URL, baseHost },
    limits: { redis, config },
  });
  app.addHook("onClose", async () => {
    redis.disconnect();
    await outbound.close();
    await db.destroy();
  });
  await app.register(cookie);
  const mails = createMailSender(db, createMailTransport(config), config, { metrics, log: app.log });
  const closing = new AbortController();
  let notices: Promise<void> | undefined;
  app.addHook("onReady", async () => {
    mails.start();
    notices = mailNotices({
      db,
      redis: connectRedis(config.REDIS_URL, {
        waits: true,
        onError: (err) => logger.debug({ err }, "redis"),
      }),
      instance: `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`,
      onQueued: () => mails.wake(),
      logger,
      signal: closing.signal,
    });
  });
  app.addHook("onClose", async () => {
    closing.abort();
    await notices;
    await mails.stop();
  });

  await app.register(idempotency, { db, sealer });
  const context: Context = {
    mails,
    config,
    db,
    sealer,
    keys,
    outbound,
    baseHost,
    hasher: await createPasswordHasher({ metrics }),
    lockout: {
      failures: config.LOCKOUT_FAILURES,
      lockSeconds: config.LOCKOUT_SECONDS,
      maxLockSeconds: config.LOCKOUT_MAX_SECONDS,
    },
    // Fewer than lock it: somebody who logs in many times at once, and rightly, is not locked out.
    accountGate: createKeyedGate(config.LOCKOUT_FAILURES - 1, hashingQueueLimit),
    // An admin may create users as fast as they like: other tenants' logins must not wait for that.
    newUserGate: createKeyedGate(1, hashingQueueLimit),
  };
  await routes(app, context);
  return app;
}
