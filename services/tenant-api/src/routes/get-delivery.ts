import { identityOf, notFound, type App } from "@condo/http";
import { withTenant, type Db, type DeliveryStatus } from "@condo/schema";
import type { Context } from "../context.ts";
import { findDelivery, listAttempts } from "../repositories/webhook-deliveries.ts";
import { deliveryDetailSchema, presentAttempt, presentDelivery } from "./delivery-schema.ts";
import { deliveryParams } from "./path-parameters.ts";

export function getDelivery(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/webhook-deliveries/:delivery_id",
    config: { access: "webhook_events:read", isConditional: true },
    schema: {
      tags: ["webhook deliveries"],
      summary: "A delivery with every attempt",
      description: "One delivery, and what each attempt of it was answered.",
      params: deliveryParams,
      response: { 200: deliveryDetailSchema },
    },
    handler: async (request) => {
      const detail = await read(db, identityOf(request).tenantId, request.params.delivery_id);
      if (!detail) throw notFound("webhook delivery");
      return detail;
    },
  });
}

export function getDeadLetter(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/dead-letters/:delivery_id",
    config: { access: "webhook_events:read", isConditional: true },
    schema: {
      tags: ["dead letters"],
      summary: "A delivery that was given up, with every attempt",
      description: "404 once it was sent again or discarded: see `/webhook-deliveries/{delivery_id}` then.",
      params: deliveryParams,
      response: { 200: deliveryDetailSchema },
    },
    handler: async (request) => {
      const detail = await read(db, identityOf(request).tenantId, request.params.delivery_id, "dead");
      if (!detail) throw notFound("dead letter");
      return detail;
    },
  });
}

async function read(db: Db, tenantId: string, id: string, status?: DeliveryStatus) {
  return withTenant(db, tenantId, async (trx) => {
    const delivery = await findDelivery(trx, id, status);
    if (!delivery) return undefined;
    const attempts = await listAttempts(trx, id);
    return { ...presentDelivery(delivery), attempt_log: attempts.map(presentAttempt) };
  });
}
