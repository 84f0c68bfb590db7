import { createHmac, randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { createLogger, readConfig, type App } from "@condo/http";
import { newId, resolveTenant, sourceSecretContext, withTenant } from "@condo/schema";
import { createSealer } from "@condo/secrets";
import {
  atEnd,
  createTestDatabase,
  createTestTenant,
  startTestRedis,
  type TestDatabase,
} from "@condo/testing";
import { Redis } from "ioredis";
import { buildApp } from "../src/app.ts";
import { configSchema } from "@condo/settings/webhook-ingest";

export const masterKey = randomBytes(32).toString("base64");

export interface TestSource {
  tenantId: string;
  slug: string;
  service: string;
  sourceId: string;
  key: string;
  secret: string;
}

interface SourceFields {
  tenant?: { id: string; slug: string };
  service?: string;
  provider?: string;
  config?: object;
  secrets?: { secret: string; validFrom?: Date; expiresAt?: Date }[];
  tenantPointer?: string;
}

type Overrides = NonNullable<Parameters<typeof buildApp>[2]>;

export interface Answer {
  status: number;
  headers: Headers;
  body: any; // eslint-disable-line typescript/no-explicit-any
}

/** webhook-ingest on a real socket, with engines of its own. */
export async function startIngest(env: Record<string, string> = {}, overrides: Overrides = {}) {
  const db: TestDatabase = await createTestDatabase();
  const engine = await startTestRedis();
  const redis = new Redis(engine.url);
  redis.on("error", () => undefined);
  atEnd(async () => redis.disconnect());
  const variables = {
    NODE_ENV: "test",
    DATABASE_URL: db.appUrl,
    REDIS_URL: engine.url,
    CONDO_MASTER_KEY: masterKey,
    PUBLIC_URL: "http://condo.example",
    ...env,
  };
  const app = await start(variables, overrides);
  return { db, engine, redis, variables, ...app, createSource: sourceMaker(db) };
}

export async function start(
  variables: Record<string, string>,
  overrides: Overrides = {},
): Promise<{ app: App; origin: string; port: number }> {
  const logger = createLogger("webhook-ingest", "silent");
  const app = await buildApp(readConfig(configSchema, variables), logger, overrides);
  await app.listen({ host: "127.0.0.1", port: 0 });
  atEnd(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  return { app, port, origin: `http://127.0.0.1:${port}` };
}

function sourceMaker(db: TestDatabase) {
  const sealer = createSealer(masterKey);
  return async (fields: SourceFields = {}): Promise<TestSource> => {
    const tenant = fields.tenant ?? (await createTestTenant(db.app));
    const [sourceId, service] = [newId(), fields.service ?? `s-${newId().slice(-12)}`];
    const secrets = fields.secrets ?? [{ secret: randomBytes(16).toString("hex") }];
    const source = await withTenant(db.app, tenant.id, async (trx) => {
      const row = await trx
        .insertInto("webhook_sources")
        .values({
          id: sourceId,
          tenant_id: tenant.id,
          service_name: service,
          provider: fields.provider ?? "hmac",
          config: JSON.stringify(fields.config ?? {}),
          tenant_pointer: fields.tenantPointer ?? null,
          deleted_at: null,
        })
        .returning("source_key")
        .executeTakeFirstOrThrow();
      for (const { secret, validFrom, expiresAt } of secrets) {
        const id = newId();
        await trx
          .insertInto("webhook_source_secrets")
          .values({
            id,
            tenant_id: tenant.id,
            source_id: sourceId,
            secret_sealed: sealer.seal(secret, sourceSecretContext(id)),
            expires_at: expiresAt ?? null,
            ...(validFrom ? { valid_from: validFrom } : {}),
          })
          .execute();
      }
      return row;
    });
    const known = await resolveTenant(db.app, tenant.id);
    return {
      tenantId: tenant.id,
      slug: known?.slug ?? tenant.slug,
      service,
      sourceId,
      key: source.source_key,
      secret: secrets[0]?.secret ?? "",
    };
  };
}

/** As the provider `hmac` signs by default. */
export function signature(secret: string, body: string | Buffer): Record<string, string> {
  return { "x-signature": createHmac("sha256", secret).update(body).digest("hex") };
}

export async function post(
  url: string,
  body: string | Buffer | ReadableStream<Uint8Array>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: Buffer.isBuffer(body) ? new Uint8Array(body) : body,
    ...(body instanceof ReadableStream ? { duplex: "half" } : {}),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
}
