import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { buildService, createKeySet, createLogger, readConfig, type App } from "@condo/http";
import { newId, withTenant, type AuditLog, type OutboxRow } from "@condo/schema";
import { atEnd, createTestDatabase, eventually, startTestRedis, type TestDatabase } from "@condo/testing";
import type { InjectOptions, LightMyRequestResponse } from "fastify";
import { sql } from "kysely";
import { buildApp } from "../src/app.ts";
import { configSchema } from "@condo/settings/identity-api";

export const password = "a long enough password";

export interface Caller {
  id: string;
  email: string;
  tenantId: string;
  token: string;
  refreshToken: string;
  sessionId: string;
}

export interface People {
  app: App;
  db: TestDatabase;
  redisUrl: string;
  /** Another service of the installation, with a route for each of a few permissions. */
  elsewhere: App;
  /** Registers a tenant; its admin is logged in. */
  registerTenant: () => Promise<Caller>;
  addUser: (admin: Caller, fields?: object) => Promise<Caller>;
  logIn: (email: string, tenantId: string, headers?: Record<string, string>) => Promise<Caller>;
  send: (
    caller: Caller | null,
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    body?: InjectOptions["payload"],
    headers?: Record<string, string>,
  ) => Promise<LightMyRequestResponse>;
  audited: (tenantId: string, action: string) => Promise<AuditLog[]>;
  emitted: (tenantId: string, type: string) => Promise<OutboxRow[]>;
  /** Resolves when so many transactions wait for a lock. */
  waitingForLocks: (count: number) => Promise<void>;
}

/**
 * identity-api on engines of its own, and people who use it.
 *
 * @param settings environment variables that the test is about
 */
export async function startPeople(settings: Record<string, string> = {}): Promise<People> {
  const db = await createTestDatabase();
  const redis = await startTestRedis();
  const config = readConfig(configSchema, {
    NODE_ENV: "test",
    DATABASE_URL: db.appUrl,
    REDIS_URL: redis.url,
    CONDO_MASTER_KEY: randomBytes(32).toString("base64"),
    LOGIN_ATTEMPTS_PER_MINUTE: "100000",
    ...settings,
  });
  const app = await buildApp(config, createLogger("identity-api", "silent"));
  await app.ready();
  atEnd(() => app.close());

  const elsewhere = await buildService({
    name: "elsewhere",
    logger: createLogger("elsewhere", "silent"),
    trustProxy: ["loopback"],
    checks: {},
    authentication: {
      db: db.app,
      keys: createKeySet(async () => {
        const jwks = await app.inject("/.well-known/jwks.json");
        return jwks.json<{ keys: [] }>().keys;
      }),
      issuer: config.PUBLIC_URL,
      baseHost: "localhost",
    },
  });
  for (const access of ["tenant:write", "webhook_sources:write", "webhook_sources:read"] as const) {
    elsewhere.get(`/${access.replace(":", "-")}`, { config: { access } }, async () => ({ done: true }));
  }
  await elsewhere.ready();
  atEnd(() => elsewhere.close());

  const send: People["send"] = async (caller, method, path, body, headers = {}) =>
    app.inject({
      method,
      url: `/api/v1${path}`,
      headers: { ...(caller ? { authorization: `Bearer ${caller.token}` } : {}), ...headers },
      ...(body === undefined ? {} : { payload: body }),
    });

  const logIn: People["logIn"] = async (email, tenantId, headers = {}) => {
    const answer = await send(
      null,
      "POST",
      "/auth/login",
      { email, password },
      { "x-tenant-id": tenantId, ...headers },
    );
    assert.equal(answer.statusCode, 200, answer.body);
    const body = answer.json<{ access_token: string; refresh_token: string; user_info: { id: string } }>();
    const claims = JSON.parse(
      Buffer.from(String(body.access_token.split(".")[1]), "base64url").toString(),
    ) as { sid: string };
    return {
      id: body.user_info.id,
      email,
      tenantId,
      token: body.access_token,
      refreshToken: body.refresh_token,
      sessionId: claims.sid,
    };
  };

  return {
    app,
    db,
    redisUrl: redis.url,
    elsewhere,
    send,
    logIn,
    async registerTenant() {
      const slug = `t-${newId().slice(-12)}`;
      const email = `admin@${slug}.example`;
      const answer = await send(null, "POST", "/auth/register", {
        name: slug,
        slug,
        admin_email: email,
        admin_password: password,
        admin_first_name: "Ada",
        admin_last_name: "Lovelace",
      });
      assert.equal(answer.statusCode, 201, answer.body);
      return logIn(email, answer.json<{ tenant_id: string }>().tenant_id);
    },
    async addUser(admin, fields = {}) {
      const email = `${newId()}@example.com`;
      const answer = await send(admin, "POST", "/users", {
        email,
        password,
        first_name: "Grace",
        last_name: "Hopper",
        ...fields,
      });
      assert.equal(answer.statusCode, 201, answer.body);
      return logIn(answer.json<{ email: string }>().email, admin.tenantId);
    },
    audited: (tenantId, action) =>
      withTenant(db.app, tenantId, (trx) =>
        trx.selectFrom("audit_logs").selectAll().where("action", "=", action).orderBy("id").execute(),
      ),
    emitted: (tenantId, type) =>
      withTenant(db.app, tenantId, (trx) =>
        trx.selectFrom("outbox").selectAll().where("type", "=", type).orderBy("id").execute(),
      ),
    async waitingForLocks(count) {
      await eventually(`${count} transactions wait`, async () => {
        const { rows } = await sql<{ waiting: number }>`
          select count(distinct pid)::int as waiting from pg_locks join pg_stat_activity using (pid)
          where not granted and datname = current_database()
        `.execute(db.platform);
        return (rows[0]?.waiting ?? 0) >= count;
      });
    },
  };
}

export function assertProblem(answer: LightMyRequestResponse, status: number, code: string): void {
  assert.equal(answer.statusCode, status, answer.body);
  assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/);
  assert.equal(answer.json<{ code: string }>().code, code, answer.body);
}

export interface UserAnswer {
  id: string;
  email: string;
  first_name: string;
  role: string;
  role_id: string | null;
  is_active: boolean;
  deleted_at: string | null;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
