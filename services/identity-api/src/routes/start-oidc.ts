import { notFound, ownDomain, subdomainOf, type App } from "@condo/http";
import { resolveTenant, withTenant } from "@condo/schema";
import {
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  randomNonce,
  randomPKCECodeVerifier,
} from "openid-client";
import { z } from "zod";
import { bindBrowser } from "../browser-binding.ts";
import type { Context } from "../context.ts";
import { providerUnavailable } from "../errors.ts";
import { openStep } from "../login-steps.ts";
import { isOpen } from "../named-tenant.ts";
import { discoverProvider, redirectUri, settingsOf } from "../oidc.ts";
import { findOidcProvider } from "../repositories/oidc-providers.ts";

/** What the way back from the provider has to know. */
export interface OidcReturn {
  tenantSlug: string;
  issuer: string;
  clientId: string;
  nonce: string;
  codeVerifier: string;
  browser: string;
  returnTo: string | null;
}

export function startOidc(app: App, context: Context): void {
  const { baseHost, config, db, sealer } = context;
  const publicUrl = new URL(config.PUBLIC_URL);
  const returnTo = z
    .string()
    .max(2048)
    .regex(/^\/(?![/\\])/, "should be a path")
    .refine((path) => URL.parse(path, publicUrl.href)?.origin === publicUrl.origin, "should be a path")
    .optional()
    .describe("A path of PUBLIC_URL that gets `?code=…`, or `?error=…`; else the callback answers JSON");

  app.route({
    method: "GET",
    url: "/auth/oidc/:tenant_slug/start",
    config: { access: "public", rateLimit: { max: config.LOGIN_ATTEMPTS_PER_MINUTE } },
    schema: {
      tags: ["auth"],
      summary: "Go to the tenant's own identity provider to log in",
      description:
        "Opened in a browser: redirects to the provider, bound to this browser by a cookie. 404 where the tenant has none.",
      params: z.object({
        tenant_slug: z.string().toLowerCase().max(63).describe("Whose identity provider: the tenant's slug"),
      }),
      querystring: z.object({ return_to: returnTo }),
      response: { 302: z.null() },
    },
    handler: async (request, reply) => {
      // The cookie has to be where the callback is.
      const domain = ownDomain(request.hostname, baseHost);
      const isTenants = domain !== undefined && (await resolveTenant(db, domain)) !== undefined;
      if (isTenants || subdomainOf(request.hostname, baseHost) !== undefined) {
        return reply.redirect(new URL(request.url, publicUrl).href);
      }
      const tenant = await resolveTenant(db, request.params.tenant_slug);
      const provider =
        tenant && isOpen(tenant)
          ? await withTenant(db, tenant.id, (trx) => findOidcProvider(trx))
          : undefined;
      if (!tenant || !provider) throw notFound("identity provider");
      const configuration = await discoverProvider(context, settingsOf(context, provider)).catch(
        (cause: unknown) => {
          throw providerUnavailable(cause);
        },
      );
      const data: OidcReturn = {
        tenantSlug: tenant.slug,
        issuer: provider.issuer,
        clientId: provider.client_id,
        nonce: randomNonce(),
        codeVerifier: randomPKCECodeVerifier(),
        browser: bindBrowser(reply, context),
        returnTo: request.query.return_to ?? null,
      };
      const state = await withTenant(db, tenant.id, (trx) =>
        openStep(trx, sealer, { tenantId: tenant.id, purpose: "oidc_return", userId: null, data }),
      );
      const target = buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri(context, tenant.id),
        scope: "openid email profile",
        state,
        nonce: data.nonce,
        code_challenge: await calculatePKCECodeChallenge(data.codeVerifier),
        code_challenge_method: "S256",
      });
      return reply.header("cache-control", "no-store").redirect(target.href);
    },
  });
}
