import { afterCursor, identityOf, pageOf, pageQuery, toPage, type App } from "@condo/http";
import { readTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { listEvents as list } from "../repositories/webhook-events.ts";
import { eventSchema, presentEvent } from "./event-schema.ts";
import { serviceName } from "./source-schema.ts";

const querystring = pageQuery.extend({
  service_name: serviceName.optional().describe("Those of the source with this name"),
  event_type: z.string().max(128).optional().describe("Those of exactly this type"),
});

export function listEvents(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/webhook-events",
    config: { access: "webhook_events:read" },
    schema: {
      tags: ["webhook events"],
      summary: "List events, newest first",
      description:
        "The webhooks that the tenant's sources accepted, without their bodies, for as long as the plan keeps them.",
      querystring,
      response: { 200: pageOf(eventSchema) },
    },
    handler: async (request) => {
      const { cursor, limit, service_name, event_type } = request.query;
      const after = afterCursor(cursor);
      const rows = await readTenant(db, identityOf(request).tenantId, (trx) =>
        list(trx, { after, limit, serviceName: service_name, eventType: event_type }),
      );
      return toPage(rows, limit, presentEvent);
    },
  });
}
