import { randomUUID } from "node:crypto";
import type { Tracing } from "@condo/tracing";
import swagger from "@fastify/swagger";
import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from "fastify";
import { validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { answerWith } from "./answer.ts";
import { correctAddress } from "./caller-address.ts";
import type { Logger } from "./logger.ts";
import { requestLimits } from "./request-limits.ts";
import { RequestLogger } from "./request-logger.ts";
import { createMetrics, type Metrics } from "./metrics/metrics.ts";
import { finishDocument } from "./openapi/document.ts";
import { describeOperation } from "./openapi/operation.ts";
import { access } from "./plugins/access.ts";
import { authentication, type AuthenticationOptions } from "./plugins/authentication.ts";
import { conditions } from "./plugins/conditions.ts";
import { denials } from "./plugins/denials.ts";
import { answerFrameworkError, answerUnreadableRequest, errors } from "./plugins/errors.ts";
import { addressLimits, callerLimits, type LimitsOptions } from "./plugins/limits.ts";
import { health, type HealthCheck } from "./plugins/health.ts";
import { jsonBodies } from "./plugins/json-bodies.ts";
import { discardRest } from "./plugins/linger.ts";
import { metrics, type Scraping } from "./plugins/metrics.ts";
import { requestLog } from "./plugins/request-log.ts";
import { tracing, type TracingOptions } from "./plugins/tracing.ts";
import { securityHeaders } from "./security-headers.ts";
import { answerSerializer } from "./serializer.ts";
import { shedding, type SheddingLimits } from "./plugins/shedding.ts";

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface ServiceOptions {
  name: string;
  logger: Logger;
  trustProxy: string[];
  checks: Record<string, HealthCheck>;
  /** What the service counts by itself; requests and what is needed are added to it. */
  metrics?: Metrics;
  /** Without it nothing is shed, and this machine alone may read `/metrics`. */
  settings?: Scraping & SheddingLimits & TracingOptions["settings"];
  /** Undefined where nothing is traced. */
  tracing?: Tracing | undefined;
  /** Left out by a service that has public routes alone. */
  authentication?: AuthenticationOptions;
  /** How many requests an address, an account and a tenant may make; left out by a service that counts otherwise. */
  limits?: Omit<LimitsOptions, "service">;
  /** Bytes of a request body at most. */
  bodyLimit?: number;
  /** Routes whose requests are logged at `debug` alone. */
  quietRoutes?: readonly string[];
  /** The groups that the API's reference puts operations into, with what each is about. */
  tags?: Readonly<Record<string, string>>;
  /** What `/openapi.json` answers, from the service's own document; that document by default. */
  document?: (own: object) => Promise<object>;
}

const defaultBodyLimit = 256 * 1024;
const apiDescription = [
  "Identity, tenancy, and webhooks that are never lost.",
  "Every answer has X-Request-ID. Errors are problem+json (RFC 9457) with a stable `code`. Lists go newest first, page by",
  "page: `next_cursor` of one asks for the next. A change takes an Idempotency-Key, so that it can be tried again safely.",
].join(" ");
const requestIdShape = /^[\w.:-]{1,64}$/;

/**
 * Builds what every service has: ids, logs, problem+json, security headers, OpenAPI, health, authentication. It does not
 * listen; routes are added by the caller.
 */
export async function buildService(options: ServiceOptions): Promise<App> {
  const loggerInstance: FastifyBaseLogger = options.logger;
  const common = await securityHeaders();
  const Answer = answerWith(common);
  const app = fastify({
    http: { ServerResponse: Answer },
    loggerInstance,
    bodyLimit: options.bodyLimit ?? defaultBodyLimit,
    trustProxy: options.trustProxy,
    requestIdHeader: false,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "request_id" }),
    genReqId: (request) => {
      const given = request.headers["x-request-id"];
      return typeof given === "string" && requestIdShape.test(given) ? given : randomUUID();
    },
    routerOptions: { ignoreTrailingSlash: true },
    // An idle keep-alive connection outlives a gateway's, which is the one to close it.
    keepAliveTimeout: 65_000,
    requestTimeout: requestLimits.arrivalMs,
    forceCloseConnections: "idle",
    childLoggerFactory: (_logger, fields) => new RequestLogger(options.logger, fields),
    // What comes on an open connection while it closes is answered like any other, and the connection ended.
    return503OnClosing: false,
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerUnreadableRequest,
  }).withTypeProvider<ZodTypeProvider>();

  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(answerSerializer);
  app.addHook("onRequest", (request, reply, done) => {
    correctAddress(request);
    reply.header("x-request-id", request.id);
    // Of an injected request, which has no server.
    if (!(reply.raw instanceof Answer)) reply.headers(common);
    done();
  });
  // What was under way by then as well: its connection would keep the process until the client is done with it.
  let isClosing = false;
  app.addHook("preClose", async () => void (isClosing = true));
  app.addHook("onSend", (request, reply, payload, done) => {
    if (isClosing) reply.header("connection", "close");
    discardRest(request, reply, isClosing, () => done(null, payload));
  });

  await app.register(access, { isAuthenticating: options.authentication !== undefined });
  await app.register(errors);
  await app.register(jsonBodies);
  const { settings = {}, metrics: told = createMetrics(options.name) } = options;
  await app.register(metrics, { metrics: told, scraping: settings, checks: options.checks });
  await app.register(tracing, { tracing: options.tracing, settings });
  await app.register(requestLog, { logger: options.logger, quietRoutes: options.quietRoutes ?? [] });
  await app.register(shedding, { metrics: told, limits: settings });
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Condo",
        version: "1",
        description: apiDescription,
        license: { name: "MIT", identifier: "MIT" },
      },
      servers: [{ url: "/", description: "The origin that this document came from" }],
      tags: Object.entries(options.tags ?? {}).map(([name, description]) => ({ name, description })),
      components: {
        securitySchemes: {
          bearer: {
            type: "http",
            scheme: "bearer",
            bearerFormat: "JWT",
            description: "An access token from /api/v1/auth/login, or an API key",
          },
          api_key: { type: "apiKey", in: "header", name: "X-API-Key", description: "A tenant's API key" },
        },
      },
    },
    transform: describeOperation,
    transformObject: finishDocument,
  });
  const limits = options.limits && { ...options.limits, service: options.name };
  if (limits) await app.register(addressLimits, limits);
  if (options.authentication) {
    await app.register(authentication, options.authentication);
    await app.register(denials, { db: options.authentication.db });
    if (limits) await app.register(callerLimits, limits);
  }
  await app.register(conditions);
  await app.register(health, { service: options.name, checks: options.checks });
  app.route({
    method: "GET",
    url: "/openapi.json",
    config: { access: "public" },
    schema: { hide: true },
    handler: async () => options.document?.(app.swagger()) ?? app.swagger(),
  });
  return app;
}
