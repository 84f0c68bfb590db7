import { generateKeyPairSync, sign, type JsonWebKey, type KeyObject } from "node:crypto";
import { Writable } from "node:stream";
import { audit, newId, withTenant, type Db, type Role, type TenantTrx } from "@condo/schema";
import { createTestTenant } from "@condo/testing";
import type { FastifyRequest } from "fastify";
import { pino } from "pino";
import type { AuthenticationOptions } from "../src/plugins/authentication.ts";
import type { LimitsOptions } from "../src/plugins/limits.ts";
import {
  actorOf,
  buildService,
  createKeySet,
  identityOf,
  tokenAudience,
  type Access,
  type App,
  type Logger,
} from "../src/index.ts";
import { loggerOptions } from "../src/logger.ts";

const issuer = "http://localhost:8080";
const baseHost = "localhost";

export interface SigningKey {
  kid: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
  jwk: JsonWebKey;
}

export function createSigningKey(kid = newId()): SigningKey {
  const pair = generateKeyPairSync("ed25519");
  return {
    kid,
    ...pair,
    jwk: { ...pair.publicKey.export({ format: "jwk" }), kid, alg: "EdDSA", use: "sig" },
  };
}

export function encodePart(part: unknown): string {
  return Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");
}

/** A compact JWS, made by hand: a library would refuse most of what is tried here. */
export function signToken(key: SigningKey, claims: object, header: object = {}): string {
  const input = `${encodePart({ alg: "EdDSA", kid: key.kid, typ: "at+jwt", ...header })}.${encodePart(claims)}`;
  return `${input}.${sign(null, Buffer.from(input), key.privateKey).toString("base64url")}`;
}

export interface LogLines {
  logger: Logger;
  lines: () => Record<string, unknown>[];
  text: () => string;
}

export function captureLog(level = "debug"): LogLines {
  let text = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  return {
    logger: pino(loggerOptions("test", level), stream),
    text: () => text,
    lines: () =>
      text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

export interface TestAppOptions {
  db: Db;
  key: SigningKey;
  keys?: AuthenticationOptions["keys"];
  log?: LogLines;
  limits?: LimitsOptions;
  routes?: (app: App) => void;
}

/** A service as any other, with a route for each kind of access. */
export async function buildTestApp(options: TestAppOptions): Promise<App> {
  const app = await buildService({
    name: options.limits?.service ?? "test",
    logger: (options.log ?? captureLog()).logger,
    trustProxy: ["loopback"],
    checks: {},
    bodyLimit: 1_000,
    authentication: {
      db: options.db,
      keys: options.keys ?? createKeySet(async () => [options.key.jwk]),
      issuer,
      baseHost,
    },
    ...(options.limits ? { limits: options.limits } : {}),
  });
  const routes: Record<string, Access> = {
    "/public": "public",
    "/either": "optional",
    "/me": "authenticated",
    "/reading": "tenant:read",
    "/writing": "tenant:write",
  };
  for (const [url, access] of Object.entries(routes)) {
    app.route({
      method: "GET",
      url,
      config: { access },
      handler: async (request) => ({ ...request.identity }),
    });
  }
  options.routes?.(app);
  await app.ready();
  return app;
}

/** Writes a row of the caller's tenant. */
export async function changeSomething(
  db: Db,
  request: FastifyRequest,
  beforeCommit?: () => Promise<void>,
): Promise<void> {
  const { tenantId } = identityOf(request);
  await withTenant(db, tenantId, async (trx) => {
    const actor = actorOf(request);
    await audit(trx, { tenantId, actor, action: "thing.changed", subjectType: "thing", subjectId: null });
    await beforeCommit?.();
  });
}

/** `POST /changes` does so. */
export function makeChange(app: App, db: Db, beforeCommit?: () => Promise<void>): void {
  app.route({
    method: "POST",
    url: "/changes",
    config: { access: "tenant:write" },
    handler: async (request) => {
      await changeSomething(db, request, beforeCommit);
      return { done: true };
    },
  });
}

/** Somebody who is logged in: rows of a tenant, a user and a session. */
export async function logIn(
  app: Db,
  key: SigningKey,
  role: Role = "tenant_admin",
  beside?: { id: string; slug: string },
) {
  const tenant = beside ?? (await createTestTenant(app));
  const [userId, sessionId] = [newId(), newId()];
  await withTenant(app, tenant.id, async (trx) => {
    await trx
      .insertInto("users")
      .values({
        id: userId,
        tenant_id: tenant.id,
        email: `${userId}@example.com`,
        password_hash: "-",
        first_name: "Ada",
        last_name: "Lovelace",
        role,
      })
      .execute();
    await trx
      .insertInto("sessions")
      .values({
        id: sessionId,
        tenant_id: tenant.id,
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
  const claims = {
    iss: issuer,
    aud: tokenAudience,
    sub: userId,
    tid: tenant.id,
    sid: sessionId,
    role,
    iat: now,
    exp: now + 900,
    jti: newId(),
  };
  return {
    tenant,
    userId,
    sessionId,
    claims,
    token: signToken(key, claims),
    change: (fn: (trx: TenantTrx) => Promise<unknown>) => withTenant(app, tenant.id, fn),
  };
}

export type LoggedIn = Awaited<ReturnType<typeof logIn>>;
