import { afterCursor, identityOf, pageOf, pageQuery, toPage, type App } from "@condo/http";
import { deliveryStatuses, readTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { listDeliveries as list } from "../repositories/webhook-deliveries.ts";
import { deliverySchema, presentDelivery } from "./delivery-schema.ts";

const filters = pageQuery.extend({
  destination_id: z.uuid().optional().describe("Those to this destination"),
  event_id: z.uuid().optional().describe("Those of this event"),
});

export function listDeliveries(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/webhook-deliveries",
    config: { access: "webhook_events:read" },
    schema: {
      tags: ["webhook deliveries"],
      summary: "List deliveries, newest first",
      description:
        "Each is one event on its way to one destination, however many attempts that takes. All filters have to fit.",
      querystring: filters.extend({
        status: z.enum(deliveryStatuses).optional().describe("Those in this state"),
      }),
      response: { 200: pageOf(deliverySchema) },
    },
    handler: async (request) => {
      const { cursor, limit, status, destination_id, event_id } = request.query;
      const after = afterCursor(cursor);
      const rows = await readTenant(db, identityOf(request).tenantId, (trx) =>
        list(trx, { after, limit, status, destinationId: destination_id, eventId: event_id }),
      );
      return toPage(rows, limit, presentDelivery);
    },
  });
}

export function listDeadLetters(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/dead-letters",
    config: { access: "webhook_events:read" },
    schema: {
      tags: ["dead letters"],
      summary: "List the deliveries that were given up, newest first",
      description:
        "Their attempts are used up, or trying again would not help. They can be sent again, or discarded.",
      querystring: filters,
      response: { 200: pageOf(deliverySchema) },
    },
    handler: async (request) => {
      const { cursor, limit, destination_id, event_id } = request.query;
      const after = afterCursor(cursor);
      const rows = await readTenant(db, identityOf(request).tenantId, (trx) =>
        list(trx, { after, limit, status: "dead", destinationId: destination_id, eventId: event_id }),
      );
      return toPage(rows, limit, presentDelivery);
    },
  });
}
