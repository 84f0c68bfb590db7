import { emit } from "@condo/events";
import { actorOf, identityOf, type App } from "@condo/http";
import { extraHeaders } from "@condo/routing";
import { audit, destinationKinds, destinationSecretContext, newId, withTenant } from "@condo/schema";
import { assertFeature, assertRoom } from "@condo/tenancy";
import { generateStandardSecret } from "@condo/webhooks";
import { z } from "zod";
import type { Context } from "../context.ts";
import { changeHeaders } from "../destination-headers.ts";
import { insertDestinationSecret } from "../repositories/webhook-destination-secrets.ts";
import { insertDestination } from "../repositories/webhook-destinations.ts";
import {
  destinationName,
  destinationOptions,
  destinationSchema,
  destinationUrl,
  eventTypes,
  optionColumns,
  presentDestination,
  streamName,
} from "./destination-schema.ts";

const body = z
  .strictObject({
    ...destinationOptions,
    name: destinationName,
    kind: z.enum(destinationKinds).default("http"),
    url: destinationUrl.optional(),
    stream_name: streamName.optional(),
    event_types: eventTypes.default(["*"]),
    headers: extraHeaders.optional().describe("Extra headers; their values are not shown again"),
  })
  .superRefine((given, context) => {
    const [needed, other] =
      given.kind === "http" ? (["url", "stream_name"] as const) : (["stream_name", "url"] as const);
    if (given[needed] === undefined) {
      context.addIssue({ code: "custom", path: [needed], message: `is needed for the kind ${given.kind}` });
    }
    if (given[other] !== undefined) {
      context.addIssue({ code: "custom", path: [other], message: `is not for the kind ${given.kind}` });
    }
  });

const response = destinationSchema
  .extend({
    secret: z
      .string()
      .describe("Verifies what is delivered, with any Standard Webhooks library. Shown this once."),
  })
  .meta({ id: "NewWebhookDestination" });

export function createDestination(app: App, { db, sealer }: Context): void {
  app.route({
    method: "POST",
    url: "/webhook-destinations",
    config: { access: "webhook_destinations:write" },
    schema: {
      tags: ["webhook destinations"],
      summary: "Create a destination",
      description: "An HTTPS endpoint, or, with `kind: stream`, a Redis stream that internal services read.",
      body,
      response: { 201: response },
    },
    handler: async (request, reply) => {
      const { tenantId } = identityOf(request);
      const { headers, ...given } = request.body;
      const secret = generateStandardSecret();
      const id = newId();
      const destination = await withTenant(db, tenantId, async (trx) => {
        if (given.transform) await assertFeature(trx, tenantId, "transforms");
        await assertRoom(trx, tenantId, "destinations");
        const destination = await insertDestination(trx, {
          ...optionColumns(given),
          ...changeHeaders(sealer, id, undefined, headers ?? {}),
          id,
          tenant_id: tenantId,
          url: given.url ?? null,
        });
        const secretId = newId();
        await insertDestinationSecret(trx, {
          id: secretId,
          tenant_id: tenantId,
          destination_id: id,
          secret_sealed: sealer.seal(secret, destinationSecretContext(secretId)),
        });
        await emit(trx, tenantId, "webhook_destination.created", { destination_id: id });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "webhook_destination.created",
          subjectType: "webhook_destination",
          subjectId: id,
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
