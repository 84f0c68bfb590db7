import { actorOf, identityOf, notFound, type App } from "@condo/http";
import { audit, newId, withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { destinationDisabled } from "../errors.ts";
import { insertDelivery } from "../repositories/webhook-deliveries.ts";
import { findDestination } from "../repositories/webhook-destinations.ts";
import { insertOwnEvent } from "../repositories/webhook-events.ts";
import { destinationParams } from "./path-parameters.ts";

const payloadLimit = 64 * 1_024;

const body = z
  .strictObject({
    payload: z
      .unknown()
      .optional()
      .describe("What to send; a sample by default")
      .refine(
        (payload) => payload === undefined || Buffer.byteLength(JSON.stringify(payload)) <= payloadLimit,
        `should be ${payloadLimit} bytes at most`,
      ),
  })
  .nullish();

export function testDestination(app: App, { db }: Context): void {
  app.route({
    method: "POST",
    url: "/webhook-destinations/:destination_id/test",
    config: { access: "webhook_destinations:write" },
    schema: {
      tags: ["webhook destinations"],
      summary: "Send a sample event to a destination",
      description:
        "Signed, shaped and retried as any other, but sent to this destination alone, whatever it subscribes to.",
      params: destinationParams,
      body,
      response: { 202: z.object({ event_id: z.uuid(), delivery_id: z.uuid() }) },
    },
    handler: async (request, reply) => {
      const destinationId = request.params.destination_id;
      const { tenantId } = identityOf(request);
      const eventId = newId();
      const payload = request.body?.payload ?? sample(destinationId);
      const deliveryId = await withTenant(db, tenantId, async (trx) => {
        const destination = await findDestination(trx, destinationId);
        if (!destination) throw notFound("webhook destination");
        if (!destination.is_active) throw destinationDisabled();
        await insertOwnEvent(trx, {
          id: eventId,
          tenantId,
          serviceName: "condo",
          eventType: "condo.test",
          body: Buffer.from(JSON.stringify(payload)),
        });
        const id = await insertDelivery(trx, { tenantId, eventId, destinationId });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "webhook_destination.tested",
          subjectType: "webhook_destination",
          subjectId: destinationId,
          after: { delivery_id: id },
        });
        return id;
      });
      return reply.code(202).send({ event_id: eventId, delivery_id: deliveryId });
    },
  });
}

function sample(destinationId: string): object {
  return {
    type: "condo.test",
    timestamp: new Date().toISOString(),
    data: { destination_id: destinationId, message: "This is a test." },
  };
}
