import { actorOf, Problem, tenantsNamed, type App } from "@condo/http";
import {
  audit,
  resolveTenant,
  tenantsOfEmail,
  withTenant,
  type Db,
  type ResolvedTenant,
} from "@condo/schema";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Context } from "../context.ts";
import { invalidCredentials } from "../errors.ts";
import { findUserByEmail } from "../repositories/users.ts";
import { startSession } from "../start-session.ts";
import { email, tokens, userInfo } from "./schemas.ts";

const body = z.strictObject({
  email,
  password: z.string().max(1024),
  tenant_slug: z.string().trim().toLowerCase().max(63).nullish(),
});

const response = tokens.extend({ user_info: userInfo });

export function login(app: App, context: Context): void {
  const { config, db, hasher } = context;
  app.route({
    method: "POST",
    url: "/auth/login",
    config: { access: "public", rateLimit: { max: config.LOGIN_ATTEMPTS_PER_MINUTE } },
    schema: { tags: ["auth"], summary: "Log in", body, response: { 200: response } },
    handler: async (request, reply) => {
      const given = request.body;
      const named = namedTenant(request, context.baseHost, given.tenant_slug ?? undefined);
      const tenant = await tenantFor(db, named, given.email);
      const user = tenant && (await withTenant(db, tenant.id, (trx) => findUserByEmail(trx, given.email)));
      const matches = await hasher.verify(user?.password_hash, given.password);
      const mayLogIn = user?.is_active && (tenant?.status === "active" || tenant?.status === "trial");
      if (!tenant || !user || !matches || !mayLogIn) {
        if (tenant) await recordFailure(db, tenant.id, request, given.email);
        throw invalidCredentials();
      }
      const session = await withTenant(db, tenant.id, async (trx) => {
        const session = await startSession(context, trx, user, {
          address: request.ip,
          userAgent: request.headers["user-agent"],
        });
        await audit(trx, {
          tenantId: tenant.id,
          actor: { ...actorOf(request), type: "user", id: user.id },
          action: "login.succeeded",
          subjectType: "session",
          subjectId: session.sessionId,
        });
        return session;
      });
      return reply.header("cache-control", "no-store").send({
        access_token: session.accessToken,
        token_type: "bearer" as const,
        expires_in: session.expiresIn,
        refresh_token: session.refreshToken,
        user_info: {
          id: user.id,
          email: user.email,
          first_name: user.first_name,
          last_name: user.last_name,
          role: user.role,
          tenant_id: tenant.id,
          tenant_slug: tenant.slug,
        },
      });
    },
  });
}

/** The tenant that body, header and subdomain name; they may repeat each other, but not differ. */
function namedTenant(
  request: FastifyRequest,
  baseHost: string,
  slug: string | undefined,
): string | undefined {
  const names = new Set([...(slug ? [slug] : []), ...tenantsNamed(request, baseHost)]);
  if (names.size > 1) throw new Problem(403, "tenant_mismatch", "The request names more than one tenant.");
  return names.values().next().value;
}

async function tenantFor(
  db: Db,
  named: string | undefined,
  email: string,
): Promise<ResolvedTenant | undefined> {
  if (named) return resolveTenant(db, named);
  const [only, another] = await tenantsOfEmail(db, email);
  return only && !another ? resolveTenant(db, only) : undefined;
}

async function recordFailure(
  db: Db,
  tenantId: string,
  request: FastifyRequest,
  email: string,
): Promise<void> {
  await withTenant(db, tenantId, (trx) =>
    audit(trx, {
      tenantId,
      actor: actorOf(request),
      action: "login.failed",
      subjectType: "user",
      subjectId: null,
      after: { email },
    }),
  );
}
