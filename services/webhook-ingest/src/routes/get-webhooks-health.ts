import { anyQuery, type App } from "@condo/http";
import { durabilityOf } from "@condo/intake";
import { sql } from "kysely";
import { z } from "zod";
import type { Context } from "../context.ts";

const response = z
  .object({
    status: z.enum(["ok", "degraded", "unavailable"]),
    accepting: z.boolean().describe("Whether a webhook would be taken now"),
    durable: z.boolean().describe("Whether a 202 means that the webhook is on stable storage"),
  })
  .meta({ id: "WebhooksHealth" });

export function getWebhooksHealth(app: App, { db, redis }: Context): void {
  app.route({
    method: "GET",
    url: "/webhooks/health",
    config: { access: "public" },
    schema: {
      tags: ["webhooks"],
      summary: "Whether webhooks are accepted",
      description:
        "For load balancers and senders: asks Redis and Postgres at this moment. 503 says that neither could take a webhook; `degraded`, that one of them takes them alone.",
      querystring: anyQuery,
      response: { 200: response, 503: response },
    },
    handler: async (_request, reply) => {
      const [redisMode, postgres] = await Promise.all([
        redis.status === "ready" ? durabilityOf(redis).catch(() => null) : null,
        sql`select 1`.execute(db).then(
          () => true,
          () => false,
        ),
      ]);
      const accepting = redisMode !== null || postgres;
      // Postgres, which takes over while Redis is away, commits durably.
      const durable = redisMode === null ? postgres : redisMode === "fsync_always";
      const status = !accepting ? "unavailable" : redisMode !== null && postgres ? "ok" : "degraded";
      return reply.code(accepting ? 200 : 503).send({ status, accepting, durable });
    },
  });
}
