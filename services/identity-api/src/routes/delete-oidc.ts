import { actorOf, type App, assertUnchanged, identityOf, notFound } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { redirectUri } from "../oidc.ts";
import { deleteOidcProvider } from "../repositories/oidc-providers.ts";
import { presentOidc } from "./oidc-schema.ts";

export function deleteOidc(app: App, context: Context): void {
  app.route({
    method: "DELETE",
    url: "/oidc",
    config: { access: "oidc:write", isConditional: true },
    schema: {
      tags: ["identity provider"],
      summary: "Let nobody log in at the identity provider any more",
      description: "Its users stay; open sessions go on.",
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const { tenantId } = identityOf(request);
      await withTenant(context.db, tenantId, async (trx) => {
        const before = await deleteOidcProvider(trx);
        if (!before) throw notFound("identity provider");
        assertUnchanged(request, before);
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "oidc_provider.deleted",
          subjectType: "tenant",
          subjectId: tenantId,
          before: presentOidc(before, redirectUri(context, tenantId)),
        });
      });
      return reply.code(204).send(null);
    },
  });
}
