import { resolveTenant, type Db } from "@condo/schema";
import type { FastifyInstance, FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import { createAccessTokenCheck, type TokenClaims } from "../authentication/access-tokens.ts";
import { createApiKeyCheck } from "../authentication/api-keys.ts";
import { createServiceCheck } from "../authentication/service-clients.ts";
import { createSessionCheck } from "../authentication/sessions.ts";
import type { Identity } from "../identity.ts";
import type { KeySet } from "../keys.ts";
import { allows, type Permission } from "../permissions.ts";
import { permissionDenied, Problem, tenantMismatch, unauthenticated, userRequired } from "../problem.ts";
import { createTenantDirectory } from "../tenant-directory.ts";
import { ownDomain, tenantsNamed } from "../tenant-reference.ts";

/**
 * Who may call a route: anybody; anybody, but a credential is looked at where there is one; who is logged in, which a key
 * or a service is not; or who has a permission.
 */
export type Access = "public" | "optional" | "authenticated" | Permission;

declare module "fastify" {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    /** Asks anew, as the next request would be asked: for an answer that takes longer than a moment. */
    isStillAllowed: () => Promise<boolean>;
    /** When it was told who calls, the body was not there yet. */
    isBodyLate: boolean;
  }
}

export interface AuthenticationOptions {
  db: Db;
  keys: KeySet;
  issuer: string;
  /** Host of the gateway, below which a subdomain names a tenant. */
  baseHost: string;
}

/**
 * Authenticates every route but the public ones: people by access token and session, programs by API key, the operator's
 * services by tokens of their own. A token says who was logged in; Postgres says whether that still holds, so that a
 * logout, or the end of a key or a service, shows on the next request.
 */
export const authentication = fp(async (app: FastifyInstance, options: AuthenticationOptions) => {
  const checkAccessToken = await createAccessTokenCheck(app, options);
  const checkSession = createSessionCheck(options.db);
  const checkApiKey = createApiKeyCheck(options.db);
  const checkService = createServiceCheck(options.db);

  const tenantOf = createTenantDirectory(
    async (domain) => (await resolveTenant(options.db, domain))?.id ?? null,
  );

  app.decorateRequest("identity", null);
  app.decorateRequest("isBodyLate", false);
  app.decorateRequest("isStillAllowed", async function isStillAllowed(this: FastifyRequest) {
    const access = this.routeOptions.config.access;
    try {
      const identity = await authenticate(this);
      return access === undefined || refusalBy(access, identity) === undefined;
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return false;
      throw error;
    }
  });

  app.addHook("onRequest", (request, reply, proceed) => {
    if (request.is404) return proceed();
    const { access } = request.routeOptions.config;
    if (!access) return proceed(new Error("The route does not say who may call it"));
    if (access === "public" || (access === "optional" && !hasCredential(request))) return proceed();
    return void authenticate(request)
      .then((identity) => {
        request.log = request.log.child({ tenant_id: identity.tenantId, ...named(identity) });
        reply.log = request.log;
        // An injected request does not say.
        request.isBodyLate = "complete" in request.raw && !request.raw.complete;
        return admit(request, identity, access);
      })
      .then(proceed, (error: unknown) => proceed(errorOf(error)));
  });

  // A body can take a minute to come: who was shut out meanwhile changes nothing any more.
  app.addHook("preHandler", (request, _reply, proceed) => {
    const { access } = request.routeOptions.config;
    if (!request.isBodyLate || !access) return proceed();
    return void authenticate(request)
      .then((identity) => admit(request, identity, access))
      .then(proceed, (error: unknown) => proceed(errorOf(error)));
  });

  /** @returns why the caller is refused */
  function admit(request: FastifyRequest, identity: Identity, access: Access) {
    request.identity = identity;
    return refusalOf(request, identity, access);
  }

  /** @returns why somebody who is known is refused all the same */
  function refusalOf(
    request: FastifyRequest,
    identity: Identity,
    access: Access,
  ): Problem | undefined | Promise<Problem | undefined> {
    for (const reference of tenantsNamed(request, options.baseHost)) {
      if (reference !== identity.tenantId && reference !== identity.tenantSlug) return tenantMismatch();
    }
    const domain = ownDomain(request.hostname, options.baseHost);
    if (domain === undefined) return refusalBy(access, identity);
    return tenantOf(domain).then((tenantId) =>
      // A host that is no tenant's is one that an operator gave this service.
      (tenantId ?? identity.tenantId) === identity.tenantId ? refusalBy(access, identity) : tenantMismatch(),
    );
  }

  /** Throws what is wrong with a credential by itself. */
  function authenticate(request: FastifyRequest): Promise<Identity> {
    if (!hasCredential(request)) {
      throw unauthenticated("missing_token", "This needs an access token or an API key.");
    }
    const key = apiKeyOf(request);
    if (key !== undefined) return checkApiKey(key, request.log);
    const claims = checkAccessToken(request);
    const identify = (known: TokenClaims): Promise<Identity> =>
      known.typ === undefined ? checkSession(known, request.log) : checkService(known);
    return claims instanceof Promise ? claims.then(identify) : identify(claims);
  }
});

function refusalBy(access: Access, identity: Identity): Problem | undefined {
  if (access === "public" || access === "optional") return undefined;
  if (access === "authenticated") return identity.type === "user" ? undefined : userRequired();
  return allows(identity, access) ? undefined : permissionDenied(access);
}

/** What is thrown need not be an error, and nothing at all would let the request in. */
function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error("Who calls could not be told", { cause: thrown });
}

/** Who calls, for the log. */
function named(identity: Identity): object {
  if (identity.type === "service") return { service: identity.serviceName };
  return identity.type === "key" ? { key_id: identity.keyId } : { user_id: identity.userId };
}

function hasCredential(request: FastifyRequest): boolean {
  return Boolean(request.headers.authorization) || Boolean(request.headers["x-api-key"]);
}

/** The API key of a request, from either of its places; undefined when its credential is an access token. */
function apiKeyOf(request: FastifyRequest): string | undefined {
  const { authorization, "x-api-key": header } = request.headers;
  if (header !== undefined) {
    if (authorization) throw unauthenticated("several_credentials", "Send an access token or an API key.");
    return String(header);
  }
  return /^bearer (ck_.*)$/i.exec(authorization ?? "")?.[1];
}
