import { emit } from "@condo/events";
import { actorOf, identityOf, type App } from "@condo/http";
import { audit, destinationSecretContext, newId, withTenant } from "@condo/schema";
import { generateStandardSecret } from "@condo/webhooks";
import { z } from "zod";
import type { Context } from "../context.ts";
import { insertDestinationSecret } from "../repositories/webhook-destination-secrets.ts";
import { insertDestination } from "../repositories/webhook-destinations.ts";
import {
  destinationName,
  destinationSchema,
  destinationUrl,
  eventTypes,
  presentDestination,
} from "./destination-schema.ts";

const body = z.strictObject({
  name: destinationName,
  url: destinationUrl,
  event_types: eventTypes.default(["*"]),
});

const response = destinationSchema.extend({
  secret: z
    .string()
    .describe("Verifies what is delivered, with any Standard Webhooks library. Shown this once."),
});

export function createDestination(app: App, { db, sealer }: Context): void {
  app.route({
    method: "POST",
    url: "/webhook-destinations",
    config: { access: "webhook_destinations:write" },
    schema: {
      tags: ["webhook destinations"],
      summary: "Create a destination",
      body,
      response: { 201: response },
    },
    handler: async (request, reply) => {
      const { tenantId } = identityOf(request);
      const secret = generateStandardSecret();
      const destination = await withTenant(db, tenantId, async (trx) => {
        const destination = await insertDestination(trx, {
          id: newId(),
          tenant_id: tenantId,
          ...request.body,
        });
        const secretId = newId();
        await insertDestinationSecret(trx, {
          id: secretId,
          tenant_id: tenantId,
          destination_id: destination.id,
          secret_sealed: sealer.seal(secret, destinationSecretContext(secretId)),
        });
        await emit(trx, tenantId, "webhook_destination.created", { destination_id: destination.id });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "webhook_destination.created",
          subjectType: "webhook_destination",
          subjectId: destination.id,
          after: presentDestination(destination),
        });
        return destination;
      });
      return reply
        .code(201)
        .header("cache-control", "no-store")
        .send({ ...presentDestination(destination), secret });
    },
  });
}
