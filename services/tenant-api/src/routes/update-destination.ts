import { emit } from "@condo/events";
import { actorOf, type App, assertUnchanged, identityOf, invalid, notFound, setETag } from "@condo/http";
import { headerChanges } from "@condo/routing";
import { audit, withTenant, type WebhookDestination } from "@condo/schema";
import { assertFeature } from "@condo/tenancy";
import { z } from "zod";
import type { Context } from "../context.ts";
import { changeHeaders } from "../destination-headers.ts";
import { resetBreaker } from "../repositories/circuit-breakers.ts";
import { wakeDeliveries } from "../repositories/webhook-deliveries.ts";
import { lockDestination, updateDestination as update } from "../repositories/webhook-destinations.ts";
import {
  destinationName,
  destinationOptions,
  destinationSchema,
  destinationUrl,
  optionColumns,
  presentDestination,
  streamName,
} from "./destination-schema.ts";
import { destinationParams } from "./path-parameters.ts";

const body = z.strictObject({
  ...destinationOptions,
  name: destinationName.optional(),
  url: destinationUrl.optional(),
  stream_name: streamName.optional(),
  headers: headerChanges
    .optional()
    .describe("Changes of the extra headers: null takes one away, what is not named stays"),
  is_active: z.boolean().optional(),
});

export function updateDestination(app: App, { db, sealer }: Context): void {
  app.route({
    method: "PUT",
    url: "/webhook-destinations/:destination_id",
    config: { access: "webhook_destinations:write", isConditional: true },
    schema: {
      tags: ["webhook destinations"],
      summary: "Change a destination",
      description:
        "What is left out stays. A destination that is made active again gets what waited for it at once.",
      params: destinationParams,
      body,
      response: { 200: destinationSchema },
    },
    handler: async (request, reply) => {
      const id = request.params.destination_id;
      const { tenantId } = identityOf(request);
      const { headers, ...given } = request.body;
      const destination = await withTenant(db, tenantId, async (trx) => {
        const before = await lockDestination(trx, id);
        if (!before) throw notFound("webhook destination");
        assertUnchanged(request, before);
        assertAddressOf(before, given);
        if (given.transform) await assertFeature(trx, tenantId, "transforms");
        const after = await update(trx, id, {
          ...optionColumns(given),
          ...(headers && changeHeaders(sealer, id, before, headers)),
          ...activity(before, given.is_active),
        });
        if (!before.is_active && after.is_active) {
          await resetBreaker(trx, tenantId, id);
          await wakeDeliveries(trx, id);
        }
        await emit(trx, tenantId, "webhook_destination.updated", { destination_id: id });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "webhook_destination.updated",
          subjectType: "webhook_destination",
          subjectId: id,
          before: presentDestination(before),
          after: { ...presentDestination(after), headers_changed: Object.keys(headers ?? {}) },
        });
        return after;
      });
      setETag(reply, destination);
      return presentDestination(destination);
    },
  });
}

function assertAddressOf(
  { kind }: WebhookDestination,
  given: { url?: unknown; stream_name?: unknown },
): void {
  const other = kind === "http" ? "stream_name" : "url";
  if (given[other] !== undefined) throw invalid(`body.${other}`, `is not for the kind ${kind}`);
}

/** What switching it on or off says of why and since when it is off. */
function activity(before: WebhookDestination, active: boolean | undefined) {
  if (active === undefined || active === before.is_active) return {};
  return { disabled_reason: null, disabled_at: active ? null : new Date() };
}
