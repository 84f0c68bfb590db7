import { type App, identityOf, notFound, setETag } from "@condo/http";
import { withTenant } from "@condo/schema";
import type { Context } from "../context.ts";
import { redirectUri } from "../oidc.ts";
import { findOidcProvider } from "../repositories/oidc-providers.ts";
import { oidcSchema, presentOidc } from "./oidc-schema.ts";

export function getOidc(app: App, context: Context): void {
  app.route({
    method: "GET",
    url: "/oidc",
    config: { access: "oidc:read", isConditional: true },
    schema: {
      tags: ["identity provider"],
      summary: "The tenant's own identity provider",
      description:
        "Issuer and client, and where the provider has to lead back to. Its secret is never shown. 404 where there is none.",
      response: { 200: oidcSchema },
    },
    handler: async (request, reply) => {
      const { tenantId } = identityOf(request);
      const provider = await withTenant(context.db, tenantId, (trx) => findOidcProvider(trx));
      if (!provider) throw notFound("identity provider");
      setETag(reply, provider);
      return presentOidc(provider, redirectUri(context, tenantId));
    },
  });
}
