import { emit } from "@condo/events";
import { actorOf, identityOf, notFound, type App } from "@condo/http";
import { audit, newId, sourceSecretContext, withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import {
  expireSourceSecrets,
  insertSourceSecret,
  listSourceSecrets,
} from "../repositories/webhook-source-secrets.ts";
import { lockSource, updateSource as update } from "../repositories/webhook-sources.ts";
import {
  assertUsable,
  dedupeWindow,
  presentSource,
  secret,
  sourceConfig,
  sourceSchema,
} from "./source-schema.ts";

const defaultOverlapSeconds = 86_400;

const body = z.strictObject({
  secret: secret.optional(),
  secret_overlap_seconds: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(defaultOverlapSeconds)
    .describe("How long the secret before goes on to verify, when a new one is given"),
  config: sourceConfig.optional(),
  dedupe_window_seconds: dedupeWindow.optional(),
  is_active: z.boolean().optional(),
});

export function updateSource(app: App, { config, db, sealer }: Context): void {
  app.route({
    method: "PUT",
    url: "/webhook-sources/:source_id",
    config: { access: "webhook_sources:write" },
    schema: {
      tags: ["webhook sources"],
      summary: "Change a source, or rotate its secret",
      params: z.object({ source_id: z.uuid() }),
      body,
      response: { 200: sourceSchema },
    },
    handler: async (request) => {
      const given = request.body;
      const id = request.params.source_id;
      const { tenantId } = identityOf(request);
      const source = await withTenant(db, tenantId, async (trx) => {
        const before = await lockSource(trx, id);
        if (!before) throw notFound("webhook source");
        const kept = await listSourceSecrets(trx, id);
        const secrets = kept.map((row) => sealer.open(row.secret_sealed, sourceSecretContext(row.id)));
        assertUsable(
          before.provider,
          given.secret === undefined ? secrets : [given.secret],
          given.config ?? before.config,
        );
        if (given.secret !== undefined) {
          await expireSourceSecrets(trx, id, new Date(Date.now() + given.secret_overlap_seconds * 1000));
          const secretId = newId();
          await insertSourceSecret(trx, {
            id: secretId,
            tenant_id: tenantId,
            source_id: id,
            secret_sealed: sealer.seal(given.secret, sourceSecretContext(secretId)),
          });
        }
        const after = await update(trx, id, {
          config: given.config && JSON.stringify(given.config),
          dedupe_window_seconds: given.dedupe_window_seconds,
          is_active: given.is_active,
        });
        await emit(trx, tenantId, "webhook_source.updated", {
          source_id: id,
          service_name: after.service_name,
        });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "webhook_source.updated",
          subjectType: "webhook_source",
          subjectId: id,
          before: presentSource(before, config.PUBLIC_URL),
          after: { ...presentSource(after, config.PUBLIC_URL), secret_rotated: given.secret !== undefined },
        });
        return after;
      });
      return presentSource(source, config.PUBLIC_URL);
    },
  });
}
