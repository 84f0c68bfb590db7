import type { FastifyInstance } from "fastify";
import fp from "fastify-plugin";

/** One line a request, once it is answered. Health checks, and whatever a service finds too frequent, only at `debug`. */
export const requestLog = fp(async (app: FastifyInstance, options: { quietRoutes: readonly string[] }) => {
  const quiet = new Set(["/health/live", "/health/ready", ...options.quietRoutes]);
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? null;
    const level = route !== null && quiet.has(route) && reply.statusCode < 500 ? "debug" : "info";
    request.log[level](
      {
        method: request.method,
        route,
        status: reply.statusCode,
        duration_ms: Math.round(reply.elapsedTime * 100) / 100,
        address: request.ip,
      },
      "request",
    );
  });
});
