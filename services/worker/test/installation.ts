import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createLogger, type App } from "@condo/http";
import { createAppender, type IncomingEvent } from "@condo/intake";
import { connectRedis, type RedisConnection } from "@condo/redis";
import { destinationSecretContext, newId, withTenant, type WebhookDelivery } from "@condo/schema";
import { createSealer } from "@condo/secrets";
import {
  atEnd,
  createTestDatabase,
  createTestTenant,
  startTestRedis,
  type TestDatabase,
} from "@condo/testing";
import { buildApp } from "../src/app.ts";
import { configSchema, type Config } from "@condo/settings/worker";

const masterKey = randomBytes(32).toString("base64");
const sealer = createSealer(masterKey);
/** As the specification has it. */
export const destinationSecret = `whsec_${randomBytes(24).toString("base64")}`;

/** Both engines, and what it takes to put events in and to look at what becomes of them. */
export interface Installation {
  db: TestDatabase;
  redis: RedisConnection;
  redisUrl: string;
  /** The Redis itself. */
  engine: Awaited<ReturnType<typeof startTestRedis>>;
  configOf(env?: Record<string, string>): Config;
  /** A worker in this process. */
  startWorker(env?: Record<string, string>): Promise<App>;
  createTenant(): Promise<Tenant>;
  /** Puts events into the intake, as webhook-ingest does. */
  accept(events: readonly IncomingEvent[]): Promise<void>;
}

export interface Tenant {
  id: string;
  createDestination(changes: Record<string, unknown>): Promise<string>;
  /** An event as webhook-ingest makes it. */
  event(body: unknown, changes?: Partial<IncomingEvent>): IncomingEvent;
  deliveries(destinationId: string): Promise<WebhookDelivery[]>;
}

export async function startInstallation(): Promise<Installation> {
  const [db, engine] = await Promise.all([createTestDatabase(), startTestRedis()]);
  const redis = connectRedis(engine.url, { waits: true, onError: () => undefined });
  atEnd(async () => redis.disconnect());
  const appender = createAppender(redis, 1);

  const configOf = (env: Record<string, string> = {}) =>
    configSchema.parse({
      DATABASE_URL: db.platformUrl,
      REDIS_URL: engine.url,
      CONDO_MASTER_KEY: masterKey,
      PUBLIC_URL: "http://localhost:8080",
      OUTBOUND_ALLOW: "127.0.0.0/8",
      LOG_LEVEL: process.env["TEST_LOG"] ?? "silent",
      ...env,
    });

  return {
    db,
    redis,
    redisUrl: engine.url,
    engine,
    configOf,
    async startWorker(env = {}) {
      const config = configOf(env);
      const app = await buildApp(config, createLogger("worker", config.LOG_LEVEL));
      atEnd(async () => app.close());
      await app.ready();
      return app;
    },
    createTenant: () => createTenant(db),
    async accept(events) {
      await Promise.all(events.map((event) => appender.append(event)));
    },
  };
}

async function createTenant(db: TestDatabase): Promise<Tenant> {
  const { id: tenantId } = await createTestTenant(db.app);
  const sourceId = newId();
  await withTenant(db.app, tenantId, (trx) =>
    trx
      .insertInto("webhook_sources")
      .values({
        id: sourceId,
        tenant_id: tenantId,
        service_name: "orders",
        provider: "condo",
        deleted_at: null,
      })
      .execute(),
  );
  return {
    id: tenantId,
    async createDestination(changes) {
      const id = newId();
      const secretId = newId();
      await withTenant(db.app, tenantId, async (trx) => {
        await trx
          .insertInto("webhook_destinations")
          .values({
            id,
            tenant_id: tenantId,
            name: "d",
            url: null,
            event_types: ["*"],
            disabled_reason: null,
            deleted_at: null,
            ...changes,
          })
          .execute();
        await trx
          .insertInto("webhook_destination_secrets")
          .values({
            id: secretId,
            tenant_id: tenantId,
            destination_id: id,
            secret_sealed: sealer.seal(destinationSecret, destinationSecretContext(secretId)),
            expires_at: null,
          })
          .execute();
      });
      return id;
    },
    event(body, changes = {}) {
      const id = newId();
      return {
        id,
        tenantId,
        sourceId,
        serviceName: "orders",
        eventType: "order.created",
        senderEventId: null,
        dedupeKey: id,
        dedupeWindowMs: 60_000,
        contentType: "application/json",
        headers: {},
        receivedAt: new Date(),
        body: Buffer.from(JSON.stringify(body)),
        ...changes,
      };
    },
    deliveries: (destinationId) =>
      withTenant(db.app, tenantId, (trx) =>
        trx
          .selectFrom("webhook_deliveries")
          .selectAll()
          .where("destination_id", "=", destinationId)
          .orderBy("event_id")
          .execute(),
      ),
  };
}

interface Request {
  headers: IncomingMessage["headers"];
  body: string;
  at: number;
}

export interface Endpoint {
  url: string;
  requests: Request[];
  /** Answers 200 by default. */
  answer: (request: Request, response: ServerResponse) => void;
}

/** A tenant's endpoint on loopback. */
export async function startEndpoint(): Promise<Endpoint> {
  const endpoint: Endpoint = { url: "", requests: [], answer: (_, response) => response.end() };
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const request = {
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString("utf8"),
        at: Date.now(),
      };
      endpoint.requests.push(request);
      endpoint.answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endpoint.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  atEnd(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return endpoint;
}
