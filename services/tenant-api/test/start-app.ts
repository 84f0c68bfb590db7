import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createLogger, tokenAudience, type App } from "@condo/http";
import { newId, platformTenant, withTenant, type Role } from "@condo/schema";
import { createSealer, type Sealer } from "@condo/secrets";
import {
  atEnd,
  createTestDatabase,
  createTestTenant,
  startTestRedis,
  type TestDatabase,
} from "@condo/testing";
import { buildApp } from "../src/app.ts";
import { configSchema } from "@condo/settings/tenant-api";

const issuer = "http://localhost:8080";

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: any; // eslint-disable-line typescript/no-explicit-any
}

/** Somebody who is logged in to a tenant of their own. */
export interface Caller {
  tenantId: string;
  userId: string;
  sessionId: string;
  token: string;
  call(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<Answer>;
}

export interface TestApp {
  app: App;
  db: TestDatabase;
  redisUrl: string;
  sealer: Sealer;
  /** With the tenant of `beside`, where one is given. */
  logIn(role?: Role, beside?: Pick<Caller, "tenantId">): Promise<Caller>;
  /** A super admin, of the platform's own tenant. */
  logInOperator(): Promise<Caller>;
}

/** tenant-api on engines of its own, with keys of our own in place of identity-api's. */
export async function startApp(env: Record<string, string> = {}): Promise<TestApp> {
  const [db, redis] = await Promise.all([createTestDatabase(), startTestRedis()]);
  const pair = generateKeyPairSync("ed25519");
  const kid = newId();
  const jwks = JSON.stringify({
    keys: [{ ...pair.publicKey.export({ format: "jwk" }), kid, alg: "EdDSA", use: "sig" }],
  });
  const server = createServer((_request, response) => response.end(jwks));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const masterKey = randomBytes(32).toString("base64");
  const config = configSchema.parse({
    NODE_ENV: "test",
    DATABASE_URL: db.appUrl,
    REDIS_URL: redis.url,
    CONDO_MASTER_KEY: masterKey,
    PUBLIC_URL: issuer,
    JWKS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    REQUESTS_PER_MINUTE: "1000000",
    ...env,
  });
  const app = await buildApp(config, createLogger("tenant-api", process.env["LOG_LEVEL"] ?? "silent"));
  await app.ready();
  atEnd(async () => {
    await app.close();
    server.close();
  });

  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  function tokenOf(claims: object): string {
    const input = `${part({ alg: "EdDSA", kid, typ: "at+jwt" })}.${part(claims)}`;
    return `${input}.${sign(null, Buffer.from(input), pair.privateKey).toString("base64url")}`;
  }

  const service: TestApp = {
    app,
    db,
    redisUrl: redis.url,
    sealer: createSealer(masterKey),
    async logInOperator() {
      await withTenant(db.app, platformTenant.id, (trx) =>
        trx
          .insertInto("tenants")
          .values({ ...platformTenant, domain: null })
          .onConflict((conflict) => conflict.column("id").doNothing())
          .execute(),
      );
      return service.logIn("super_admin", { tenantId: platformTenant.id });
    },
    async logIn(role = "tenant_admin", beside) {
      const tenantId = beside?.tenantId ?? (await createTestTenant(db.app)).id;
      const [userId, sessionId] = [newId(), newId()];
      await withTenant(db.app, tenantId, async (trx) => {
        const name = { first_name: "Ada", last_name: "Lovelace" };
        await trx
          .insertInto("users")
          .values({
            id: userId,
            tenant_id: tenantId,
            email: `${userId}@example.com`,
            password_hash: "-",
            role,
            ...name,
          })
          .execute();
        await trx
          .insertInto("sessions")
          .values({
            id: sessionId,
            tenant_id: tenantId,
            user_id: userId,
            address: null,
            user_agent: null,
            expires_at: new Date(Date.now() + 3_600_000),
            ended_at: null,
            end_reason: null,
          })
          .execute();
      });
      const now = Math.floor(Date.now() / 1000);
      const who = { iss: issuer, aud: tokenAudience, sub: userId, tid: tenantId, sid: sessionId, role };
      const token = tokenOf({ ...who, iat: now, exp: now + 900, jti: newId() });
      return {
        tenantId,
        userId,
        sessionId,
        token,
        async call(method, path, body) {
          const answer = await app.inject({
            method,
            url: `/api/v1${path}`,
            headers: { authorization: `Bearer ${token}` },
            ...(body === undefined ? {} : { payload: body as object }),
          });
          const isJson = /json/.test(String(answer.headers["content-type"]));
          return {
            status: answer.statusCode,
            headers: answer.headers,
            body: isJson ? answer.json() : answer.body,
          };
        },
      };
    },
  };
  return service;
}
