import type { FastifyInstance } from "fastify";
import fp from "fastify-plugin";
import type { Logger } from "../logger.ts";
import { RequestLogger } from "../request-logger.ts";

export interface RequestLogOptions {
  logger: Logger;
  quietRoutes: readonly string[];
}

/** One line a request, once it is answered. Health checks, and whatever a service finds too frequent, only at `debug`. */
export const requestLog = fp(async (app: FastifyInstance, { logger, quietRoutes }: RequestLogOptions) => {
  const quiet = new Set(["/health/live", "/health/ready", ...quietRoutes]);
  // Its fields are known, and none of them holds a secret: looking for one in each line costs more than the line.
  const lines = logger.child({}, { redact: [] });
  app.addHook("onResponse", (request, reply, done) => {
    const route = request.routeOptions.url ?? null;
    const level = route !== null && quiet.has(route) && reply.statusCode < 500 ? "debug" : "info";
    if (lines.isLevelEnabled(level)) {
      lines[level](
        {
          ...(request.log instanceof RequestLogger ? request.log.fields : { request_id: request.id }),
          method: request.method,
          route,
          status: reply.statusCode,
          duration_ms: Math.round(reply.elapsedTime * 100) / 100,
          address: request.ip,
        },
        "request",
      );
    }
    done();
  });
});
