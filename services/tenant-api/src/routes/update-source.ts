import { randomBytes } from "node:crypto";
import { emit } from "@condo/events";
import {
  actorOf,
  type App,
  assertUnchanged,
  identityOf,
  invalid,
  isMoment,
  moment,
  notFound,
  setETag,
} from "@condo/http";
import { audit, newId, sourceSecretContext, withTenant } from "@condo/schema";
import { maxSecrets } from "@condo/webhooks";
import { z } from "zod";
import type { Context } from "../context.ts";
import { tooManySecrets } from "../errors.ts";
import {
  expireSourceSecrets,
  insertSourceSecret,
  listSourceSecrets,
} from "../repositories/webhook-source-secrets.ts";
import { lockSource, updateSource as update } from "../repositories/webhook-sources.ts";
import { changeOptions, openOptions, sealOptions } from "../source-options.ts";
import { sourceParams } from "./path-parameters.ts";
import {
  assertMayPoint,
  assertUsable,
  dedupeWindow,
  presentSource,
  secret,
  sourceConfig,
  sourceSchema,
  tenantPointer,
} from "./source-schema.ts";

const defaultOverlapSeconds = 86_400;

/** Stamps are chosen by who signs: a secret that got out must not verify what pretends to be from before. */
const beforeAnyStamp = new Date(0);

const body = z.strictObject({
  secret: secret.optional(),
  secret_overlap_seconds: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(defaultOverlapSeconds)
    .describe(
      "How long the secret before goes on to verify, when a new one is given; 0 ends it at once, also for what was signed before",
    ),
  secret_valid_from: moment
    .optional()
    .describe("From when on the new secret verifies; at once by default. The overlap begins then."),
  rotate_source_key: z.boolean().optional().describe("Replaces `source_url`; the URL before is good no more"),
  tenant_pointer: tenantPointer.nullable().optional(),
  config: sourceConfig.optional(),
  dedupe_window_seconds: dedupeWindow.optional(),
  is_active: z.boolean().optional(),
});

export function updateSource(app: App, { config, db, sealer }: Context): void {
  app.route({
    method: "PUT",
    url: "/webhook-sources/:source_id",
    config: { access: "webhook_sources:write", isConditional: true },
    schema: {
      tags: ["webhook sources"],
      summary: "Change a source, or rotate its secret",
      description:
        "What is left out stays as it is. A new secret can have an overlap, in which the one before still verifies.",
      params: sourceParams,
      body,
      response: { 200: sourceSchema },
    },
    handler: async (request, reply) => {
      const given = request.body;
      const id = request.params.source_id;
      const { tenantId } = identityOf(request);
      assertMayPoint(tenantId, given.tenant_pointer);
      const source = await withTenant(db, tenantId, async (trx) => {
        const before = await lockSource(trx, id);
        if (!before) throw notFound("webhook source");
        assertUnchanged(request, before);
        const kept = await listSourceSecrets(trx, id);
        const secrets = kept.map((row) => sealer.open(row.secret_sealed, sourceSecretContext(row.id)));
        const opened = openOptions(sealer, before.provider, id, before.config);
        const options = given.config ? changeOptions(before.provider, opened, given.config) : opened;
        assertUsable(before.provider, given.secret === undefined ? secrets : [given.secret], options);
        if (given.secret !== undefined) {
          if (kept.length >= maxSecrets) throw tooManySecrets();
          const validFrom = given.secret_valid_from ? new Date(given.secret_valid_from) : new Date();
          const isRevoked = given.secret_overlap_seconds === 0 && given.secret_valid_from === undefined;
          const overlapEnd = new Date(validFrom.getTime() + given.secret_overlap_seconds * 1000);
          if (!isMoment(overlapEnd)) throw invalid("body.secret_valid_from", "is too late for the overlap");
          await expireSourceSecrets(trx, id, isRevoked ? beforeAnyStamp : overlapEnd);
          const secretId = newId();
          await insertSourceSecret(trx, {
            id: secretId,
            tenant_id: tenantId,
            source_id: id,
            secret_sealed: sealer.seal(given.secret, sourceSecretContext(secretId)),
            valid_from: validFrom,
          });
        }
        const after = await update(trx, id, {
          config: JSON.stringify(sealOptions(sealer, before.provider, id, options)),
          dedupe_window_seconds: given.dedupe_window_seconds,
          is_active: given.is_active,
          source_key: given.rotate_source_key ? randomBytes(32).toString("hex") : undefined,
          tenant_pointer: given.tenant_pointer,
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
      setETag(reply, source);
      return presentSource(source, config.PUBLIC_URL);
    },
  });
}
