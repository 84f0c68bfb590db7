import type { FastifyInstance } from "fastify";
import fp from "fastify-plugin";
import type { Logger } from "../logger.ts";
import { createRequestLines } from "../request-lines.ts";

export interface RequestLogOptions {
  logger: Logger;
  quietRoutes: readonly string[];
}

/** One line a request, once it is answered. Health checks, and whatever a service finds too frequent, only at `debug`. */
export const requestLog = fp(async (app: FastifyInstance, { logger, quietRoutes }: RequestLogOptions) => {
  const quiet = new Set(["/health/live", "/health/ready", ...quietRoutes]);
  const lines = createRequestLines(logger);
  app.addHook("onResponse", (request, reply, done) => {
    const route = request.routeOptions.url;
    const level = route !== undefined && quiet.has(route) && reply.statusCode < 500 ? "debug" : "info";
    if (lines.isLevelEnabled(level)) lines[level]({ request, reply, route });
    done();
  });
});
