import type { RedisConnection } from "@condo/redis";
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import { z } from "zod";
import { callerOf, identityOf } from "../identity.ts";
import { createLimitStore } from "../limit-store.ts";
import { rateLimited } from "../problem.ts";

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

interface Limit {
  max: number;
  remaining: number;
  ttlInSeconds: number;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Of the limits that were looked at so far, the one with the least left. */
    nearestLimit: Limit | null;
  }
}

declare module "@fastify/rate-limit" {
  interface CreateRateLimitOptions {
    /** Tells its count from others, where it holds for more than a route. */
    name?: string;
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
  const check = app.createRateLimit({ name: "address", max: options.config.REQUESTS_PER_MINUTE });
  app.decorateRequest("nearestLimit", null);
  app.addHook("onRequest", async (request, reply) => {
    if (request.is404 || request.routeOptions.config.isUnlimited) return;
    hold(await check(request), request, reply);
  });
});

/**
 * Bounds how many requests an account and a tenant make, once it is known who calls. A tenant is charged for what its own
 * callers do: what a stranger sends to its login counts for the stranger's address, or anybody could use its limit up.
 */
export const callerLimits = fp(async (app: FastifyInstance, { config }: LimitsOptions) => {
  const checkAccount = app.createRateLimit({
    name: "account",
    max: config.ACCOUNT_REQUESTS_PER_MINUTE,
    keyGenerator: (request) => `${identityOf(request).tenantId}:${callerOf(identityOf(request))}`,
  });
  const checkTenant = app.createRateLimit({
    name: "tenant",
    max: config.TENANT_REQUESTS_PER_MINUTE,
    keyGenerator: (request) => identityOf(request).tenantId,
  });
  app.addHook("onRequest", async (request, reply) => {
    if (!request.identity) return;
    hold(await checkAccount(request), request, reply);
    hold(await checkTenant(request), request, reply);
  });
});

type Checked = Awaited<ReturnType<ReturnType<FastifyInstance["createRateLimit"]>>>;

/** @throws Problem when the limit is exceeded */
function hold(limit: Checked, request: FastifyRequest, reply: FastifyReply): void {
  if (limit.isAllowed) return;
  const { max, remaining, ttlInSeconds, isExceeded } = limit;
  if (isExceeded || remaining < (request.nearestLimit?.remaining ?? Infinity)) {
    request.nearestLimit = limit;
    reply
      .header("ratelimit-limit", max)
      .header("ratelimit-remaining", remaining)
      .header("ratelimit-reset", ttlInSeconds);
  }
  if (isExceeded) throw rateLimited(ttlInSeconds);
}
