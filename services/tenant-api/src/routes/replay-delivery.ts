import { actorOf, identityOf, notFound, type App } from "@condo/http";
import { audit, withTenant, type Db, type DeliveryStatus } from "@condo/schema";
import type { FastifyRequest } from "fastify";
import type { Context } from "../context.ts";
import { deliveryPending, destinationDeleted } from "../errors.ts";
import { findDelivery, lockDelivery, replayDelivery as replay } from "../repositories/webhook-deliveries.ts";
import { deliverySchema, presentDelivery } from "./delivery-schema.ts";
import { deliveryParams } from "./path-parameters.ts";

export function replayDelivery(app: App, { db }: Context): void {
  app.route({
    method: "POST",
    url: "/webhook-deliveries/:delivery_id/replay",
    config: { access: "webhook_deliveries:write" },
    schema: {
      tags: ["webhook deliveries"],
      summary: "Send a delivery again",
      description:
        "Under the same `webhook-id`, with attempts that are counted on. One that is under way is left alone.",
      params: deliveryParams,
      response: { 202: deliverySchema },
    },
    handler: async (request, reply) => {
      const again = await sendAgain(db, request, request.params.delivery_id);
      if (!again) throw notFound("webhook delivery");
      return reply.code(202).send(again);
    },
  });
}

export function replayDeadLetter(app: App, { db }: Context): void {
  app.route({
    method: "POST",
    url: "/dead-letters/:delivery_id/replay",
    config: { access: "webhook_deliveries:write" },
    schema: {
      tags: ["dead letters"],
      summary: "Send a dead letter again",
      description: "Under the same `webhook-id`, with attempts that are counted on.",
      params: deliveryParams,
      response: { 202: deliverySchema },
    },
    handler: async (request, reply) => {
      const again = await sendAgain(db, request, request.params.delivery_id, "dead");
      if (!again) throw notFound("dead letter");
      return reply.code(202).send(again);
    },
  });
}

async function sendAgain(db: Db, request: FastifyRequest, id: string, only?: DeliveryStatus) {
  const { tenantId } = identityOf(request);
  return withTenant(db, tenantId, async (trx) => {
    const before = await lockDelivery(trx, id);
    if (!before || (only && before.status !== only)) return undefined;
    if (before.status === "pending") throw deliveryPending();
    if (before.is_deleted) throw destinationDeleted();
    await replay(trx, id);
    await audit(trx, {
      tenantId,
      actor: actorOf(request),
      action: "webhook_delivery.replayed",
      subjectType: "webhook_delivery",
      subjectId: id,
      before: { status: before.status },
      after: { status: "pending" },
    });
    const after = await findDelivery(trx, id);
    return after && presentDelivery(after);
  });
}
