import { actorOf, identityOf, notFound, type App } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import {
  discardDeadLetter as discard,
  discardDeadLetters as discardAll,
} from "../repositories/webhook-deliveries.ts";
import { hadDestination } from "../repositories/webhook-destinations.ts";
import { deadLetterFilter, toFilter } from "./dead-letter-filter.ts";
import { deliveryParams } from "./path-parameters.ts";

const reason = z.string().trim().min(1).max(500).describe("Why it need not be delivered any more");

export function discardDeadLetter(app: App, { db }: Context): void {
  app.route({
    method: "POST",
    url: "/dead-letters/:delivery_id/discard",
    config: { access: "webhook_deliveries:write" },
    schema: {
      tags: ["dead letters"],
      summary: "Discard a dead letter",
      description: "It stays to be read among the deliveries.",
      params: deliveryParams,
      body: z.strictObject({ reason }),
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const id = request.params.delivery_id;
      const { tenantId } = identityOf(request);
      await withTenant(db, tenantId, async (trx) => {
        if (!(await discard(trx, id, request.body.reason))) throw notFound("dead letter");
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "webhook_delivery.discarded",
          subjectType: "webhook_delivery",
          subjectId: id,
          before: { status: "dead" },
          after: { status: "discarded", reason: request.body.reason },
        });
      });
      return reply.code(204).send(null);
    },
  });
}

export function discardDeadLetters(app: App, { db }: Context): void {
  app.route({
    method: "POST",
    url: "/dead-letters/discard",
    config: { access: "webhook_deliveries:write" },
    schema: {
      tags: ["dead letters"],
      summary: "Discard dead letters",
      description: "The oldest that fit, up to 10,000; `more` tells to ask again.",
      body: z.strictObject({ ...deadLetterFilter, reason }),
      response: { 200: z.object({ discarded: z.int(), more: z.boolean() }) },
    },
    handler: async (request) => {
      const { tenantId } = identityOf(request);
      const { reason: why, ...given } = request.body;
      return withTenant(db, tenantId, async (trx) => {
        const filter = toFilter(given);
        if (filter.destinationId && !(await hadDestination(trx, filter.destinationId))) {
          throw notFound("webhook destination");
        }
        const outcome = await discardAll(trx, filter, why);
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "webhook_delivery.discarded",
          subjectType: "webhook_delivery",
          subjectId: null,
          after: { ...given, reason: why, discarded: outcome.discarded },
        });
        return outcome;
      });
    },
  });
}
