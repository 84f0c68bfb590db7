import { emit } from "@condo/events";
import { actorOf, type App, assertUnchanged, identityOf, notFound } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { lockDestination, updateDestination } from "../repositories/webhook-destinations.ts";
import { presentDestination } from "./destination-schema.ts";
import { destinationParams } from "./path-parameters.ts";

export function deleteDestination(app: App, { db }: Context): void {
  app.route({
    method: "DELETE",
    url: "/webhook-destinations/:destination_id",
    config: { access: "webhook_destinations:write", isConditional: true },
    schema: {
      tags: ["webhook destinations"],
      summary: "Delete a destination",
      description: "Its deliveries stay to be read; those that wait are discarded.",
      params: destinationParams,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const id = request.params.destination_id;
      const { tenantId } = identityOf(request);
      await withTenant(db, tenantId, async (trx) => {
        const before = await lockDestination(trx, id);
        if (!before) throw notFound("webhook destination");
        assertUnchanged(request, before);
        await updateDestination(trx, id, { is_active: false, deleted_at: new Date() });
        await emit(trx, tenantId, "webhook_destination.deleted", { destination_id: id });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "webhook_destination.deleted",
          subjectType: "webhook_destination",
          subjectId: id,
          before: presentDestination(before),
        });
      });
      return reply.code(204).send(null);
    },
  });
}
