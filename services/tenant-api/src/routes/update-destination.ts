import { emit } from "@condo/events";
import { actorOf, identityOf, notFound, type App } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { lockDestination, updateDestination as update } from "../repositories/webhook-destinations.ts";
import {
  destinationName,
  destinationSchema,
  destinationUrl,
  eventTypes,
  presentDestination,
} from "./destination-schema.ts";

const body = z.strictObject({
  name: destinationName.optional(),
  url: destinationUrl.optional(),
  event_types: eventTypes.optional(),
  is_active: z.boolean().optional(),
});

export function updateDestination(app: App, { db }: Context): void {
  app.route({
    method: "PUT",
    url: "/webhook-destinations/:destination_id",
    config: { access: "webhook_destinations:write" },
    schema: {
      tags: ["webhook destinations"],
      summary: "Change a destination",
      params: z.object({ destination_id: z.uuid() }),
      body,
      response: { 200: destinationSchema },
    },
    handler: async (request) => {
      const id = request.params.destination_id;
      const { tenantId } = identityOf(request);
      const destination = await withTenant(db, tenantId, async (trx) => {
        const before = await lockDestination(trx, id);
        if (!before) throw notFound("webhook destination");
        const reactivated = request.body.is_active === true ? { disabled_reason: null } : {};
        const after = await update(trx, id, { ...request.body, ...reactivated });
        await emit(trx, tenantId, "webhook_destination.updated", { destination_id: id });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "webhook_destination.updated",
          subjectType: "webhook_destination",
          subjectId: id,
          before: presentDestination(before),
          after: presentDestination(after),
        });
        return after;
      });
      return presentDestination(destination);
    },
  });
}
