import { emit } from "@condo/events";
import { actorOf, identityOf, notFound, type App } from "@condo/http";
import { audit, destinationSecretContext, newId, withTenant } from "@condo/schema";
import { generateStandardSecret } from "@condo/webhooks";
import { z } from "zod";
import type { Context } from "../context.ts";
import {
  expireDestinationSecrets,
  insertDestinationSecret,
} from "../repositories/webhook-destination-secrets.ts";
import { lockDestination } from "../repositories/webhook-destinations.ts";
import { destinationParams } from "./path-parameters.ts";

const daySeconds = 86_400;

const body = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(30 * daySeconds)
      .optional()
      .describe("How long the secret before goes on to sign, beside the new one; a day by default"),
  })
  .nullish();

const response = z.object({
  secret: z.string().describe("Shown this once"),
  previous_expires_at: z.iso.datetime().describe("Until when both sign"),
});

export function rotateDestinationSecret(app: App, { db, sealer }: Context): void {
  app.route({
    method: "POST",
    url: "/webhook-destinations/:destination_id/rotate-secret",
    config: { access: "webhook_destinations:write" },
    schema: {
      tags: ["webhook destinations"],
      summary: "Give a destination a new secret",
      description: "Made here and shown this once. Until the overlap ends, deliveries are signed with both.",
      params: destinationParams,
      body,
      response: { 200: response },
    },
    handler: async (request, reply) => {
      const id = request.params.destination_id;
      const { tenantId } = identityOf(request);
      const secret = generateStandardSecret();
      const secretId = newId();
      const overlapSeconds = request.body?.overlap_seconds ?? daySeconds;
      const expiresAt = new Date(Date.now() + overlapSeconds * 1_000);
      await withTenant(db, tenantId, async (trx) => {
        const destination = await lockDestination(trx, id);
        if (!destination) throw notFound("webhook destination");
        await expireDestinationSecrets(trx, id, expiresAt);
        await insertDestinationSecret(trx, {
          id: secretId,
          tenant_id: tenantId,
          destination_id: id,
          secret_sealed: sealer.seal(secret, destinationSecretContext(secretId)),
        });
        await emit(trx, tenantId, "webhook_destination.secret_rotated", { destination_id: id });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "webhook_destination.secret_rotated",
          subjectType: "webhook_destination",
          subjectId: id,
          after: { previous_expires_at: expiresAt.toISOString() },
        });
      });
      return reply
        .header("cache-control", "no-store")
        .send({ secret, previous_expires_at: expiresAt.toISOString() });
    },
  });
}
