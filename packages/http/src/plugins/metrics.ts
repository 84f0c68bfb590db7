import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";
import fp from "fastify-plugin";
import type { CommonConfig } from "../config.ts";
import { metricsContentType, type Metrics } from "../metrics/metrics.ts";
import { unauthenticated } from "../problem.ts";
import { answers, type HealthCheck } from "./health.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** How long its answer was held back on purpose: no part of the time that it took. */
    heldMs: number;
  }
}

/** Who may scrape, and where. */
export type Scraping = Partial<Pick<CommonConfig, "HOST" | "METRICS_PORT" | "METRICS_TOKEN">>;

export interface MetricsOptions {
  metrics: Metrics;
  scraping: Scraping;
  checks: Record<string, HealthCheck>;
}

/** Upper bounds in seconds: an acceptance takes milliseconds, a login tens of them. */
const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const countedAtOnce = 100;
/** Less than a look may take: what hangs would be absent then, and no alert would tell of it. */
const dependencyTimeoutMs = 1_500;
const statuses = ["other", "1xx", "2xx", "3xx", "4xx", "5xx"];
const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

type RequestLabels = Record<"route" | "method" | "status", string>;

/**
 * Measures requests, by route and never by path, and answers `/metrics`: on a port of its own, or on the service's own
 * port to this machine and to who has the token.
 */
export const metrics = fp(async (app: FastifyInstance, options: MetricsOptions) => {
  const duration = options.metrics.histogram(
    "condo_http_request_duration_seconds",
    "Time from a request's headers to the end of its answer, without what a refusal was held back",
    durationBuckets,
    ["route", "method", "status"],
  );
  const answered: { labels: RequestLabels; seconds: number }[] = [];
  // Many at a time: for each request apart, its code would have left the processor's caches by then.
  const count = (): void => {
    for (const { labels, seconds } of answered) duration.observe(labels, seconds);
    answered.length = 0;
  };
  app.decorateRequest("heldMs", 0);
  app.addHook("onResponse", (request, reply, done) => {
    const labels = {
      route: request.routeOptions.url ?? "none",
      method: methods.has(request.method) ? request.method : "other",
      status: statuses[Math.trunc(reply.statusCode / 100)] ?? "other",
    };
    answered.push({ labels, seconds: Math.max(0, reply.elapsedTime - request.heldMs) / 1_000 });
    if (answered.length === countedAtOnce) count();
    done();
  });
  options.metrics.look({}, () => {
    count();
    return {};
  });

  options.metrics.look(
    {
      condo_dependency_up: { help: "Whether a thing that the service needs answers", labels: ["dependency"] },
    },
    async () => ({ condo_dependency_up: await dependenciesUp(options.checks) }),
  );

  const { METRICS_PORT: port } = options.scraping;
  if (port === undefined) answerOnServicePort(app, options);
  else answerOnPortOfItsOwn(app, options, port);
});

function answerOnServicePort(app: FastifyInstance, { metrics: told, scraping }: MetricsOptions): void {
  app.route({
    method: "GET",
    url: "/metrics",
    config: { access: "public", isUnlimited: true },
    schema: { hide: true },
    handler: async (request, reply) => {
      if (!isLocal(request.raw) && !hasToken(request.raw, scraping.METRICS_TOKEN)) {
        throw unauthenticated("scraping_denied", "Metrics are for this machine, and for METRICS_TOKEN.");
      }
      return reply
        .type(metricsContentType)
        .serializer(String)
        .send(await told.text());
    },
  });
}

/** Whoever reaches the port may scrape, for a network says who that is; with a token set, only with it. */
function answerOnPortOfItsOwn(
  app: FastifyInstance,
  { metrics: told, scraping }: MetricsOptions,
  port: number,
): void {
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "GET" || request.url !== "/metrics") {
      response.writeHead(404).end();
    } else if (scraping.METRICS_TOKEN !== undefined && !hasToken(request, scraping.METRICS_TOKEN)) {
      response.writeHead(401, { "www-authenticate": "Bearer" }).end();
    } else {
      response.writeHead(200, { "content-type": metricsContentType }).end(await told.text());
    }
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((err: unknown) => {
      app.log.error({ err }, "metrics could not be told");
      response.destroy();
    });
  });
  app.addHook("onReady", async () => {
    server.listen(port, scraping.HOST);
    await once(server, "listening");
  });
  app.addHook("onClose", async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  });
}

async function dependenciesUp(checks: Record<string, HealthCheck>) {
  return Promise.all(
    Object.entries(checks).map(async ([dependency, check]) => ({
      labels: { dependency },
      value: (await answers(check, dependencyTimeoutMs)) === "ok" ? 1 : 0,
    })),
  );
}

/** What came through a gateway is not of this machine, whichever machine the gateway is on. */
function isLocal({ socket, headers }: IncomingMessage): boolean {
  const isLoopback = /^(?:::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? "");
  const names = ["x-forwarded-for", "x-forwarded-host", "forwarded", "via"];
  return isLoopback && names.every((name) => headers[name] === undefined);
}

function hasToken({ headers }: IncomingMessage, token: string | undefined): boolean {
  if (token === undefined || headers.authorization === undefined) return false;
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(headers.authorization), digest(`Bearer ${token}`));
}
