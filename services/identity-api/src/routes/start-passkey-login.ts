import type { App } from "@condo/http";
import { withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { tenantRequired } from "../errors.ts";
import { loginStepSeconds, openStep } from "../login-steps.ts";
import { namedOpenTenant } from "../named-tenant.ts";
import { authenticationOptions, type PasskeyStep } from "../passkeys.ts";
import { passkeyChallenge } from "./start-mfa-passkey.ts";

const body = z.strictObject({ tenant_slug: z.string().trim().toLowerCase().max(63).nullish() });

export function startPasskeyLogin(app: App, context: Context): void {
  const { config, db, sealer } = context;
  app.route({
    method: "POST",
    url: "/auth/passkeys/login-options",
    config: { access: "public", rateLimit: { max: config.LOGIN_ATTEMPTS_PER_MINUTE } },
    schema: {
      tags: ["auth"],
      summary: "Begin a login by passkey alone",
      description: "The tenant has to be named: by tenant_slug, X-Tenant-ID or its subdomain.",
      body,
      response: { 200: passkeyChallenge },
    },
    handler: async (request, reply) => {
      const tenant = await namedOpenTenant(request, context, request.body.tenant_slug ?? undefined);
      if (!tenant) throw tenantRequired();
      const options = await authenticationOptions(context);
      const data: PasskeyStep = { challenge: options.challenge, tenantSlug: tenant.slug };
      const token = await withTenant(db, tenant.id, (trx) =>
        openStep(trx, sealer, { tenantId: tenant.id, purpose: "passkey_login", userId: null, data }),
      );
      return reply
        .header("cache-control", "no-store")
        .send({ passkey_token: token, expires_in: loginStepSeconds, options: { ...options } });
    },
  });
}
