import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import {
  answerFrameworkError,
  answerUnreadableRequest,
  type Logger,
  Problem,
  requestLimits,
  tracing,
  unavailable,
} from "@condo/http";
import type { Tracing } from "@condo/tracing";
import proxy from "@fastify/http-proxy";
import {
  fastify,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import { isCrooked, type Upstream, upstreamOf } from "./gateway-routes.ts";

export interface GatewayOptions {
  /** The origin of each service. */
  upstreams: Record<Upstream, string>;
  logger: Logger;
  /** Undefined where nothing is traced. */
  tracing?: Tracing | undefined;
  /** Proxies in front of this one whose X-Forwarded-* are believed; none by default. */
  trustProxy?: string[] | undefined;
  /** How long a service may take to begin its answer. */
  answerLimitMs?: number;
  /** How long a request may take to come in, its body included, in milliseconds. */
  arrivalLimitMs?: number;
  /** How much longer its body may come in once it was answered, in milliseconds. */
  lingerMs?: number;
}

const connectLimitMs = 2_000;
/** How often within its limit a request is looked at that has not come in. */
const arrivalChecks = 10;
const answerLimitMs = 60_000;
const idleBodyLimitMs = 120_000;
/** More than webhook-ingest lets refused requests wait, or one tenant's would stand in the way of all. */
const connectionsEach = 8_192;
const retryAfterSeconds = 1;

/** Of one connection (RFC 9110, 7.6.1), or said by strangers about where a request comes from. */
const droppedHeaders = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
  "expect",
  "forwarded",
  "x-real-ip",
  // Services continue what comes from here.
  "traceparent",
  "tracestate",
  "baggage",
]);

/** One origin for all services. It streams: no body is parsed, held or changed on its way. */
export async function buildGateway(options: GatewayOptions): Promise<FastifyInstance> {
  const loggerInstance: FastifyBaseLogger = options.logger;
  const arrivalLimitMs = options.arrivalLimitMs ?? requestLimits.gatewayArrivalMs;
  const lingerMs = options.lingerMs ?? requestLimits.lingerMs;
  const exchanges = new WeakMap<Socket, { request: IncomingMessage; response: ServerResponse }>();
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "request_id" }),
    trustProxy: options.trustProxy ?? false,
    requestIdHeader: "x-request-id",
    genReqId: () => randomUUID(),
    forceCloseConnections: "idle",
    frameworkErrors: answerFrameworkError,
    requestTimeout: arrivalLimitMs,
    http: {
      connectionsCheckingInterval: arrivalLimitMs / arrivalChecks,
      // Node passes over a limit of requests that is below the one of their heads.
      headersTimeout: arrivalLimitMs,
      requestTimeout: arrivalLimitMs,
    },
    clientErrorHandler: (error, socket) => {
      const { request, response } = exchanges.get(socket) ?? {};
      // A second answer would be taken for that to another request.
      if (request?.complete === false && response?.headersSent) socket.destroySoon();
      else answerUnreadableRequest(error, socket);
    },
  });
  const contentTypes = new WeakMap<FastifyRequest, string>();
  app.addHook("onRequest", async ({ raw }, reply) => {
    const { socket } = raw;
    exchanges.set(socket, { request: raw, response: reply.raw });
    reply.raw.once("finish", () => {
      if (raw.complete) return;
      setTimeout(() => {
        if (!raw.complete) socket.destroySoon();
      }, lingerMs).unref();
    });
  });
  await app.register(tracing, { tracing: options.tracing, settings: {} });

  app.setNotFoundHandler((request, reply) => answer(nothingAt(request), request.id, reply));
  app.setErrorHandler((error, request, reply) => answer(toProblem(error), request.id, reply));
  app.addHook("onRequest", async (request) => {
    // Fastify answers 415 to a content type that it can't read. Whether it is good enough is the service's business.
    const { "content-type": contentType } = request.headers;
    if (contentType !== undefined) contentTypes.set(request, contentType);
    request.headers["content-type"] = "application/octet-stream";
  });

  await app.register(proxy, {
    upstream: "",
    disableRequestLogging: true,
    // A retry is the caller's to decide: it knows what may be done twice.
    retryMethods: [],
    undici: {
      connections: connectionsEach,
      connect: { timeout: connectLimitMs },
      headersTimeout: options.answerLimitMs ?? answerLimitMs,
      bodyTimeout: idleBodyLimitMs,
    },
    preHandler: (request, _reply, done) => {
      if (isCrooked(pathOf(request))) done(malformedRequest());
      else if (!upstreamOf(pathOf(request))) done(nothingAt(request));
      // It is sent on as it came, and the client that sends it fails at what is no host.
      else done(hasOneHost(request.raw) ? undefined : malformedRequest());
    },
    replyOptions: {
      getUpstream: (request) => options.upstreams[upstreamOf(pathOf(request as FastifyRequest)) ?? "tenant"],
      rewriteRequestHeaders: (request, headers) =>
        forwardedHeaders(request as FastifyRequest, headers, contentTypes.get(request as FastifyRequest)),
      rewriteHeaders: withoutDropped,
      onError: (reply, { error }) => {
        // No path: in a source's own URL there is its key.
        const upstream = upstreamOf(pathOf(reply.request));
        reply.request.log.warn({ err: error, upstream }, "no answer from the service");
        void answer(toProblem(error), reply.request.id, reply as FastifyReply);
      },
    },
  });
  return app;
}

function forwardedHeaders(
  request: FastifyRequest,
  headers: IncomingHttpHeaders,
  contentType: string | undefined,
): IncomingHttpHeaders {
  const kept = Object.entries(withoutDropped(headers)).filter(([name]) => !name.startsWith("x-forwarded-"));
  const forwarded: IncomingHttpHeaders = {
    ...Object.fromEntries(kept),
    // The tenant may be in its subdomain.
    host: request.headers.host,
    "x-forwarded-for": (request.ips ?? [request.ip]).toReversed().join(", "),
    "x-forwarded-host": request.host,
    "x-forwarded-proto": request.protocol,
    "x-request-id": request.id,
    ...(request.span ? { traceparent: request.span.traceparent } : {}),
    "content-type": contentType,
  };
  if (contentType === undefined) delete forwarded["content-type"];
  // Fastify reads no body of these, so that none can be sent on.
  if (request.method === "GET" || request.method === "HEAD") delete forwarded["content-length"];
  return forwarded;
}

function withoutDropped<T extends IncomingHttpHeaders>(headers: T): T {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !droppedHeaders.has(name))) as T;
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const { statusCode = 500, cause, code } = error as Error & { statusCode?: number; code?: string };
  if (statusCode === 504 || code === "UND_ERR_HEADERS_TIMEOUT") {
    return new Problem(504, "service_slow", "The service did not answer in time.", { cause });
  }
  if (statusCode < 500) return malformedRequest(statusCode);
  return unavailable(
    "service_away",
    "The service is away for a moment. Try again.",
    retryAfterSeconds,
    cause,
  );
}

function malformedRequest(status = 400): Problem {
  return new Problem(status, "malformed_request", "The request can't be read.");
}

/** At most: HTTP/1.0 knows requests without. Of two, somebody on the way may have believed the other (RFC 9112, 3.2). */
function hasOneHost({ headers, rawHeaders }: IncomingMessage): boolean {
  const names = rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === "host");
  if (names.length > 1) return false;
  return !headers.host || URL.canParse(`http://${headers.host}`);
}

function nothingAt(request: FastifyRequest): Problem {
  return new Problem(404, "route_not_found", `There is nothing at ${request.method} ${pathOf(request)}.`);
}

function pathOf({ url }: Pick<FastifyRequest, "url">): string {
  return url.split("?", 1)[0] ?? "";
}

function answer(problem: Problem, requestId: string, reply: FastifyReply): FastifyReply {
  return reply
    .status(problem.status)
    .headers({ ...problem.headers, "x-request-id": requestId })
    .type("application/problem+json; charset=utf-8")
    .send(JSON.stringify(problem.toBody(requestId)));
}
