import { type App, identityOf, notFound, setETag } from "@condo/http";
import { readTenant } from "@condo/schema";
import type { Context } from "../context.ts";
import { findDestination } from "../repositories/webhook-destinations.ts";
import { destinationSchema, presentDestination } from "./destination-schema.ts";
import { destinationParams } from "./path-parameters.ts";

export function getDestination(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/webhook-destinations/:destination_id",
    config: { access: "webhook_destinations:read", isConditional: true },
    schema: {
      tags: ["webhook destinations"],
      summary: "A destination",
      description:
        "One destination, with what is sent to it and how. Its ETag makes a change of it conditional.",
      params: destinationParams,
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
