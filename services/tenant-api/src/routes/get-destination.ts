import { type App, identityOf, notFound, setETag } from "@condo/http";
import { readTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { findDestination } from "../repositories/webhook-destinations.ts";
import { destinationSchema, presentDestination } from "./destination-schema.ts";

export function getDestination(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/webhook-destinations/:destination_id",
    config: { access: "webhook_destinations:read", isConditional: true },
    schema: {
      tags: ["webhook destinations"],
      summary: "A destination",
      params: z.object({ destination_id: z.uuid() }),
      response: { 200: destinationSchema },
    },
    handler: async (request, reply) => {
      const destination = await readTenant(db, identityOf(request).tenantId, (trx) =>
        findDestination(trx, request.params.destination_id),
      );
      if (!destination) throw notFound("webhook destination");
      setETag(reply, destination);
      return presentDestination(destination);
    },
  });
}
