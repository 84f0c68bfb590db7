import type { App } from "@condo/http";
import { resolveTenant, withTenant } from "@condo/schema";
import { z } from "zod";
import { isSameBrowser, unbindBrowser } from "../browser-binding.ts";
import { continueLogin, loginAnswer } from "../complete-login.ts";
import type { Context } from "../context.ts";
import { invalidLoginStep } from "../errors.ts";
import { spendStep } from "../login-steps.ts";
import { isOpen } from "../named-tenant.ts";
import { findUser } from "../repositories/users.ts";
import type { OidcCode } from "./finish-oidc.ts";

const body = z.strictObject({ code: z.string().max(256) });

export function exchangeOidcCode(app: App, context: Context): void {
  const { config, db, sealer } = context;
  app.route({
    method: "POST",
    url: "/auth/oidc/token",
    config: { access: "public", rateLimit: { max: config.LOGIN_ATTEMPTS_PER_MINUTE } },
    schema: {
      tags: ["auth"],
      summary: "End a login at the identity provider",
      description:
        "The browser that began the login exchanges the code of its end. A user who has a second factor here, or whose tenant requires one, gets `mfa_required`, unless the provider says in `amr` that it asked for one itself.",
      body,
      response: { 200: loginAnswer },
    },
    handler: async (request, reply) => {
      const step = await spendStep<OidcCode>(db, sealer, request.body.code, "oidc_code");
      const { browser, tenantSlug, first } = step.data;
      if (!isSameBrowser(request, browser)) throw invalidLoginStep();
      const { tenantId } = step.token;
      const tenant = await resolveTenant(db, tenantId);
      const answer = await withTenant(db, tenantId, async (trx) => {
        const user = step.userId ? await findUser(trx, step.userId) : undefined;
        if (!user?.is_active || !isOpen(tenant)) throw invalidLoginStep();
        return continueLogin(context, trx, request, { user, tenantSlug }, first);
      });
      unbindBrowser(reply);
      return reply.header("cache-control", "no-store").send(answer);
    },
  });
}
