import { emit } from "@condo/events";
import { actorOf, identityOf, notFound, type App } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { tooManyReplays } from "../errors.ts";
import { countRunningReplays, insertReplay } from "../repositories/replays.ts";
import { countDeadLetters } from "../repositories/webhook-deliveries.ts";
import { findDestination } from "../repositories/webhook-destinations.ts";
import { deadLetterFilter, toFilter } from "./dead-letter-filter.ts";
import { presentReplay, replaySchema } from "./replay-schema.ts";

const runningLimit = 10;

const body = z.strictObject({
  ...deadLetterFilter,
  rate_per_second: z
    .int()
    .min(1)
    .max(1_000)
    .default(10)
    .describe("How many are sent again in a second at most"),
});

export function createReplay(app: App, { db }: Context): void {
  app.route({
    method: "POST",
    url: "/dead-letters/replay",
    config: { access: "webhook_deliveries:write" },
    schema: {
      tags: ["dead letters"],
      summary: "Send dead letters again, at a rate",
      description: "All that fit and are dead now. The answer's id tells of the progress at /replays/{id}.",
      body,
      response: { 202: replaySchema },
    },
    handler: async (request, reply) => {
      const { tenantId } = identityOf(request);
      const { rate_per_second: ratePerSecond, ...given } = request.body;
      const filter = toFilter(given);
      const replay = await withTenant(db, tenantId, async (trx) => {
        if (filter.destinationId && !(await findDestination(trx, filter.destinationId))) {
          throw notFound("webhook destination");
        }
        if ((await countRunningReplays(trx)) >= runningLimit) throw tooManyReplays();
        const total = await countDeadLetters(trx, filter);
        const replay = await insertReplay(trx, { tenantId, filter, ratePerSecond, total });
        await emit(trx, tenantId, "webhook_replay.started", { replay_id: replay.id });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "webhook_replay.started",
          subjectType: "webhook_replay",
          subjectId: replay.id,
          after: presentReplay(replay),
        });
        return replay;
      });
      return reply.code(202).header("location", `/api/v1/replays/${replay.id}`).send(presentReplay(replay));
    },
  });
}
