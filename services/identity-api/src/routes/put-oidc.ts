import { actorOf, type App, assertUnchanged, identityOf, invalid, setETag } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { assertFeature } from "@condo/tenancy";
import { z } from "zod";
import { assertMayManage } from "../authority.ts";
import type { Context } from "../context.ts";
import { clientSecretContext, discoverProvider, redirectUri } from "../oidc.ts";
import { findOidcProvider, putOidcProvider } from "../repositories/oidc-providers.ts";
import { lockAdministration } from "../repositories/tenants.ts";
import { oidcFields, oidcSchema, presentOidc } from "./oidc-schema.ts";

const body = z.strictObject({ ...oidcFields, client_secret: z.string().min(1).max(1024) });

export function putOidc(app: App, context: Context): void {
  const { config, db, sealer } = context;
  app.route({
    method: "PUT",
    url: "/oidc",
    config: { access: "oidc:write", isConditional: true },
    schema: {
      tags: ["identity provider"],
      summary: "Let users log in at the tenant's own identity provider",
      description:
        "OpenID Connect, by authorization code with PKCE. The issuer is asked at once whether it is one. Who sets it decides who gets in, admins too, so it takes all that an admin may.",
      body,
      response: { 200: oidcSchema },
    },
    handler: async (request, reply) => {
      const { client_secret, ...given } = request.body;
      const actor = identityOf(request);
      const { tenantId } = actor;
      await withTenant(db, tenantId, async (trx) => {
        await assertMayManage(trx, actor, { role: "tenant_admin", role_id: null });
        await assertFeature(trx, tenantId, "oidc");
      });
      if (config.NODE_ENV === "production" && !given.issuer.startsWith("https:")) {
        throw invalid("body.issuer", "should be https");
      }
      const settings = { issuer: given.issuer, clientId: given.client_id, clientSecret: client_secret };
      await discoverProvider(context, settings).catch((err: unknown) => {
        // The reason would tell a caller what answers inside the network.
        request.log.info({ err }, "an identity provider was not found");
        throw invalid("body.issuer", "does not answer as an OpenID provider of this name");
      });
      const row = await withTenant(db, tenantId, async (trx) => {
        await lockAdministration(trx, tenantId);
        const before = await findOidcProvider(trx);
        assertUnchanged(request, before);
        const row = await putOidcProvider(trx, {
          ...given,
          tenant_id: tenantId,
          client_secret_sealed: sealer.seal(client_secret, clientSecretContext(tenantId)),
        });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "oidc_provider.updated",
          subjectType: "tenant",
          subjectId: tenantId,
          before: before ? presentOidc(before, redirectUri(context, tenantId)) : null,
          after: presentOidc(row, redirectUri(context, tenantId)),
        });
        return row;
      });
      setETag(reply, row);
      return presentOidc(row, redirectUri(context, tenantId));
    },
  });
}
