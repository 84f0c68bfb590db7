import type { Span, Tracing, TracingConfig } from "@condo/tracing";
import type { FastifyInstance, FastifyRequest } from "fastify";
import fp from "fastify-plugin";

declare module "fastify" {
  interface FastifyRequest {
    /** Null where nothing is traced. */
    span: Span | null;
  }
}

export interface TracingOptions {
  /** Undefined where nothing is traced. */
  tracing: Tracing | undefined;
  settings: Partial<Pick<TracingConfig, "TRUST_TRACEPARENT">>;
}

const untraced = new Set(["/health/live", "/health/ready", "/metrics"]);

/** Makes a span of each request, and says in its log lines which trace it belongs to. */
export const tracing = fp(async (app: FastifyInstance, options: TracingOptions) => {
  app.decorateRequest("span", null);
  const { tracing: made } = options;
  if (!made) return;
  const isTrusted = options.settings.TRUST_TRACEPARENT === true;

  app.addHook("onRequest", (request, reply, done) => {
    const { url: route } = request.routeOptions;
    if (route !== undefined && untraced.has(route)) return done();
    const given = traceparentOf(request);
    request.span = made.start(route === undefined ? request.method : `${request.method} ${route}`, {
      kind: "server",
      ...(isTrusted ? { parent: given } : { link: given }),
      attributes: {
        "http.request.method": request.method,
        "condo.request_id": request.id,
        ...(route === undefined ? {} : { "http.route": route }),
      },
    });
    request.log = request.log.child({ trace_id: request.span.traceId });
    reply.log = request.log;
    return done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    request.span?.end({
      error: reply.statusCode >= 500 ? String(reply.statusCode) : undefined,
      attributes: { "http.response.status_code": reply.statusCode },
    });
    done();
  });
  app.addHook("onClose", () => made.close());
});

function traceparentOf(request: FastifyRequest): string | undefined {
  const { traceparent } = request.headers;
  return typeof traceparent === "string" ? traceparent : undefined;
}
