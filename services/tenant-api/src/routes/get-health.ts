import { anyQuery, type App } from "@condo/http";
import type { Context } from "../context.ts";
import { healthSchema, publicHealthSchema, systemHealth } from "../system-health.ts";

export function getHealth(app: App, context: Context): void {
  app.route({
    method: "GET",
    url: "/health",
    config: { access: "optional" },
    schema: {
      tags: ["health"],
      summary: "How the whole system is",
      description: "With an access token, also the intake's lag and the workers' heartbeats.",
      querystring: anyQuery,
      response: { 200: healthSchema },
    },
    handler: async (request, reply) => {
      const health = await systemHealth(context);
      return reply
        .header("cache-control", "no-store")
        .send(request.identity ? health : publicHealthSchema.parse(health));
    },
  });
}
