import type { RedisConnection } from "@condo/redis";
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import { z } from "zod";
import { callerOf, type Identity } from "../identity.ts";
import { createLimitAhead, type Limit } from "../limit-ahead.ts";
import { createLimitStore } from "../limit-store.ts";
import { networkOf } from "../network.ts";
import { rateLimited, type Problem } from "../problem.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** For probes and scrapers, which must be answered whatever else goes on. */
    isUnlimited?: boolean;
  }
}

const windowMs = 60_000;

const perMinute = (fallback: number, whose: string) =>
  z.coerce
    .number()
    .int()
    .min(1)
    .default(fallback)
    .describe(`Requests a minute to one service that ${whose} may make, over all its processes`);

/** Variables of a service with limits. */
export const limitsConfig = z.object({
  REQUESTS_PER_MINUTE: perMinute(12_000, "one address (an IPv6 /64)"),
  ACCOUNT_REQUESTS_PER_MINUTE: perMinute(12_000, "one user, API key or service"),
  TENANT_REQUESTS_PER_MINUTE: perMinute(120_000, "one tenant"),
});

export interface LimitsOptions {
  service: string;
  redis: Pick<RedisConnection, "eval">;
  config: z.output<typeof limitsConfig>;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Of the limits that were looked at so far, the one with the least left. */
    nearestLimit: Limit | null;
  }
}

/**
 * Bounds how many requests an address makes, before it is asked who calls, which is dear. A route adds a limit of its own
 * per address by `config.rateLimit`. Answers tell by `RateLimit-*` of the limit that is nearest.
 */
export const addressLimits = fp(async (app: FastifyInstance, options: LimitsOptions) => {
  await app.register(rateLimit, {
    global: false,
    timeWindow: windowMs,
    store: createLimitStore(options.redis, options.service),
    enableDraftSpec: true,
    errorResponseBuilder: (_request, { ttl }) => rateLimited(Math.ceil(ttl / 1000)),
  });
  app.decorateRequest("nearestLimit", null);
  const count = limitOf(options, "address", options.config.REQUESTS_PER_MINUTE);
  app.addHook("onRequest", (request, reply, done) => {
    if (request.is404 || request.routeOptions.config.isUnlimited) return done();
    return done(hold(count(networkOf(request.ip)), request, reply));
  });
});

/**
 * Bounds how many requests an account and a tenant make, once it is known who calls. A tenant is charged for what its own
 * callers do: what a stranger sends to its login counts for the stranger's address, or anybody could use its limit up.
 */
export const callerLimits = fp(async (app: FastifyInstance, options: LimitsOptions) => {
  const countAccount = limitOf(options, "account", options.config.ACCOUNT_REQUESTS_PER_MINUTE);
  const countTenant = limitOf(options, "tenant", options.config.TENANT_REQUESTS_PER_MINUTE);
  app.addHook("onRequest", (request, reply, done) => {
    const { identity } = request;
    if (!identity) return done();
    return done(
      hold(countAccount(accountOf(identity)), request, reply) ??
        hold(countTenant(identity.tenantId), request, reply),
    );
  });
});

/** A user, or a key, is of one tenant alone; a service acts for many, and counts for each. */
function accountOf(identity: Identity): string {
  if (identity.type === "user") return identity.userId;
  return identity.type === "key" ? identity.keyId : `${identity.tenantId}:${callerOf(identity)}`;
}

function limitOf({ redis, service }: LimitsOptions, name: string, max: number): (whose: string) => Limit {
  return createLimitAhead(redis, { service, name, max, windowMs });
}

/** @returns why the request is refused, when the limit is exceeded */
function hold(limit: Limit, request: FastifyRequest, reply: FastifyReply): Problem | undefined {
  const { max, remaining, resetSeconds, isExceeded } = limit;
  if (isExceeded || remaining < (request.nearestLimit?.remaining ?? Infinity)) {
    request.nearestLimit = limit;
    reply
      .header("ratelimit-limit", max)
      .header("ratelimit-remaining", remaining)
      .header("ratelimit-reset", resetSeconds);
  }
  return isExceeded ? rateLimited(resetSeconds) : undefined;
}
