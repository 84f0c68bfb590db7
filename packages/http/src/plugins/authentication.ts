import jwt from "@fastify/jwt";
import { liveSessions, type Db, type LiveSession, type Role } from "@condo/schema";
import type { FastifyInstance, FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import { z } from "zod";
import { coalesce } from "../coalesce.ts";
import type { KeySet } from "../keys.ts";
import { allows, type Permission } from "../permissions.ts";
import { permissionDenied, Problem, tenantMismatch, unauthenticated, unavailable } from "../problem.ts";
import { tenantsNamed } from "../tenant-reference.ts";

/**
 * Who may call a route: anybody; anybody, but a token is looked at where there is one; who is logged in; or who has a
 * permission.
 */
export type Access = "public" | "optional" | "authenticated" | Permission;

/** Who is calling, as of this very request. */
export interface Identity {
  sessionId: string;
  tenantId: string;
  tenantSlug: string;
  userId: string;
  role: Role;
  email: string;
  firstName: string;
  lastName: string;
}

declare module "fastify" {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    identity: Identity | null;
  }
}

export interface AuthenticationOptions {
  db: Db;
  keys: KeySet;
  issuer: string;
  /** Host of the gateway, below which a subdomain names a tenant. */
  baseHost: string;
}

/** `aud` of every access token. */
export const tokenAudience = "condo";

const claimsSchema = z.object({ sub: z.string(), tid: z.string(), sid: z.uuid(), exp: z.number() });

const infrastructureRetrySeconds = 2;

/**
 * Authenticates every route but the public ones, by access token (RFC 9068 in spirit, RFC 8725 in caution) and by
 * session: the token says who was logged in, Postgres says whether that still holds. The question to Postgres is shared
 * by all requests of a moment, so a logout shows on the next request at the cost of a fraction of a query.
 */
export const authentication = fp(async (app: FastifyInstance, options: AuthenticationOptions) => {
  await app.register(jwt, {
    secret: { private: "", public: async (_request: FastifyRequest, token: unknown) => keyOf(token) },
    decode: { complete: true },
    verify: {
      algorithms: ["EdDSA", "ES256", "RS256"],
      allowedIss: options.issuer,
      allowedAud: tokenAudience,
      requiredClaims: ["iss", "aud", "sub", "exp", "iat"],
      cache: 10_000,
    },
  });

  async function keyOf(token: unknown): Promise<string> {
    const kid = (token as { header?: { kid?: unknown } } | null)?.header?.kid;
    if (typeof kid !== "string") throw unauthenticated("invalid_token", "The access token is not valid.");
    const key = await options.keys.find(kid).catch((cause: unknown) => {
      throw unavailable(
        "keys_unavailable",
        "Tokens can't be checked now.",
        infrastructureRetrySeconds,
        cause,
      );
    });
    if (!key) throw unauthenticated("invalid_token", "The access token is not valid.");
    return key;
  }

  const findSession = coalesce<string, LiveSession>(async (ids) => {
    const sessions = await liveSessions(options.db, ids);
    return new Map(sessions.map((session) => [session.session_id, session]));
  });

  app.decorateRequest("identity", null);

  app.addHook("onRequest", async (request, reply) => {
    if (request.is404) return;
    const access = request.routeOptions.config.access;
    if (!access) throw new Error("The route does not say who may call it");
    if (access === "public" || (access === "optional" && !request.headers.authorization)) return;
    const identity = await authenticate(request);
    request.identity = identity;
    request.log = request.log.child({ tenant_id: identity.tenantId, user_id: identity.userId });
    reply.log = request.log;
    for (const reference of tenantsNamed(request, options.baseHost)) {
      if (reference !== identity.tenantId && reference !== identity.tenantSlug) throw tenantMismatch();
    }
    if (access === "optional" || access === "authenticated") return;
    if (!allows(identity.role, access)) throw permissionDenied(access);
  });

  async function authenticate(request: FastifyRequest): Promise<Identity> {
    if (!request.headers.authorization) throw unauthenticated("missing_token", "This needs an access token.");
    const claims = claimsSchema.safeParse(await verified(request));
    if (!claims.success) throw unauthenticated("invalid_token", "The access token is not valid.");
    const session = await findSession(claims.data.sid);
    if (!session || session.user_id !== claims.data.sub || session.tenant_id !== claims.data.tid) {
      throw unauthenticated("session_ended", "The session has ended. Log in again.");
    }
    return {
      sessionId: session.session_id,
      tenantId: session.tenant_id,
      tenantSlug: session.tenant_slug,
      userId: session.user_id,
      role: session.role,
      email: session.email,
      firstName: session.first_name,
      lastName: session.last_name,
    };
  }
});

async function verified(request: FastifyRequest): Promise<unknown> {
  try {
    return payloadOf(await request.jwtVerify());
  } catch (error) {
    if (error instanceof Problem) throw error;
    const expired = (error as { code?: string }).code === "FST_JWT_AUTHORIZATION_TOKEN_EXPIRED";
    throw expired
      ? unauthenticated("token_expired", "The access token has expired.")
      : unauthenticated("invalid_token", "The access token is not valid.");
  }
}

/** With `decode.complete`, verification may answer the whole token. */
function payloadOf(result: unknown): unknown {
  return typeof result === "object" && result !== null && "payload" in result ? result.payload : result;
}

/** The caller of a route that is not public. */
export function identityOf(request: FastifyRequest): Identity {
  if (!request.identity) throw new Error("A public route asked who is calling");
  return request.identity;
}
