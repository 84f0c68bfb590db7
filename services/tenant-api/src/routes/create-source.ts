import { emit } from "@condo/events";
import { actorOf, identityOf, type App } from "@condo/http";
import { audit, newId, sourceSecretContext, withTenant } from "@condo/schema";
import { assertRoom } from "@condo/tenancy";
import { z } from "zod";
import type { Context } from "../context.ts";
import { serviceNameTaken } from "../errors.ts";
import { insertSourceSecret } from "../repositories/webhook-source-secrets.ts";
import { insertSource } from "../repositories/webhook-sources.ts";
import { sealOptions } from "../source-options.ts";
import {
  assertMayPoint,
  assertUsable,
  dedupeWindow,
  presentSource,
  provider,
  secret,
  serviceName,
  sourceConfig,
  sourceSchema,
  tenantPointer,
} from "./source-schema.ts";

const body = z.strictObject({
  service_name: serviceName,
  provider,
  secret,
  config: sourceConfig.optional(),
  dedupe_window_seconds: dedupeWindow.optional(),
  tenant_pointer: tenantPointer.optional(),
});

export function createSource(app: App, { config, db, sealer }: Context): void {
  app.route({
    method: "POST",
    url: "/webhook-sources",
    config: { access: "webhook_sources:write" },
    schema: {
      tags: ["webhook sources"],
      summary: "Create a source",
      description:
        "From then on, senders may post to `source_url`, or to `/webhooks/{service_name}` with the tenant named otherwise. The secret is kept sealed, and never shown.",
      body,
      response: { 201: sourceSchema },
    },
    handler: async (request, reply) => {
      const given = request.body;
      assertUsable(given.provider, [given.secret], given.config);
      const { tenantId } = identityOf(request);
      assertMayPoint(tenantId, given.tenant_pointer);
      const source = await withTenant(db, tenantId, async (trx) => {
        await assertRoom(trx, tenantId, "sources");
        const id = newId();
        const source = await insertSource(trx, {
          id,
          tenant_id: tenantId,
          service_name: given.service_name,
          provider: given.provider,
          config: JSON.stringify(sealOptions(sealer, given.provider, id, given.config ?? {})),
          dedupe_window_seconds: given.dedupe_window_seconds,
          tenant_pointer: given.tenant_pointer,
        });
        const secretId = newId();
        await insertSourceSecret(trx, {
          id: secretId,
          tenant_id: tenantId,
          source_id: source.id,
          secret_sealed: sealer.seal(given.secret, sourceSecretContext(secretId)),
        });
        await emit(trx, tenantId, "webhook_source.created", {
          source_id: source.id,
          service_name: source.service_name,
        });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "webhook_source.created",
          subjectType: "webhook_source",
          subjectId: source.id,
          after: presentSource(source, config.PUBLIC_URL),
        });
        return source;
      }).catch((error: { constraint?: unknown }) => {
        throw error.constraint === "webhook_sources_by_service" ? serviceNameTaken() : error;
      });
      return reply.code(201).send(presentSource(source, config.PUBLIC_URL));
    },
  });
}
