import { isUtf8 } from "node:buffer";
import { identityOf, notFound, type App } from "@condo/http";
import { readTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { listDeliveries } from "../repositories/webhook-deliveries.ts";
import { findEvent } from "../repositories/webhook-events.ts";
import { deliverySchema, presentDelivery } from "./delivery-schema.ts";
import { eventSchema, presentEvent } from "./event-schema.ts";
import { eventParams } from "./path-parameters.ts";

/** More destinations than this get one event only by way of the list of deliveries. */
const deliveriesShown = 100;

const response = eventSchema
  .extend({
    headers: z.record(z.string(), z.string()),
    body: z.string().nullable().describe("The body as text; null when it is not UTF-8"),
    body_base64: z.string().describe("The body's very bytes"),
    deliveries: z.array(deliverySchema),
  })
  .meta({ id: "WebhookEventDetail" });

export function getEvent(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/webhook-events/:event_id",
    config: { access: "webhook_events:read", isConditional: true },
    schema: {
      tags: ["webhook events"],
      summary: "An event with its body and deliveries",
      description:
        "One webhook as it was received: headers, bytes, and its first hundred deliveries. Headers with secrets are not kept.",
      params: eventParams,
      response: { 200: response },
    },
    handler: async (request) => {
      const id = request.params.event_id;
      const found = await readTenant(db, identityOf(request).tenantId, async (trx) => {
        const event = await findEvent(trx, id);
        if (!event) return undefined;
        const deliveries = await listDeliveries(trx, {
          after: undefined,
          limit: deliveriesShown,
          status: undefined,
          destinationId: undefined,
          eventId: event.id,
        });
        return { event, deliveries };
      });
      if (!found) throw notFound("webhook event");
      const { event, deliveries } = found;
      return {
        ...presentEvent({ ...event, size: event.body.length }),
        headers: event.headers,
        body: isUtf8(event.body) ? event.body.toString("utf8") : null,
        body_base64: event.body.toString("base64"),
        deliveries: deliveries.map(presentDelivery),
      };
    },
  });
}
