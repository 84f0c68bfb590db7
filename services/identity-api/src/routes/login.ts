import type { App } from "@condo/http";
import { z } from "zod";
import { checkCredentials } from "../check-credentials.ts";
import { continueLogin, loginAnswer } from "../complete-login.ts";
import type { Context } from "../context.ts";
import { email, tenantSlug } from "./schemas.ts";

const body = z.strictObject({ email, password: z.string().max(1024), tenant_slug: tenantSlug });

export function login(app: App, context: Context): void {
  const { config } = context;
  app.route({
    method: "POST",
    url: "/auth/login",
    config: { access: "public", rateLimit: { max: config.LOGIN_ATTEMPTS_PER_MINUTE } },
    schema: {
      tags: ["auth"],
      summary: "Log in",
      description: "Answers tokens, or what a second factor needs.",
      body,
      response: { 200: loginAnswer },
    },
    handler: async (request, reply) => {
      const { email, password, tenant_slug } = request.body;
      const given = { email, password, tenantSlug: tenant_slug ?? undefined };
      const answer = await checkCredentials(context, request, given, (trx, { tenant, user }) =>
        continueLogin(context, trx, request, { user, tenantSlug: tenant.slug }, "password"),
      );
      return reply.header("cache-control", "no-store").send(answer);
    },
  });
}
