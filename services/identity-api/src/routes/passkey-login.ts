import { actorOf, type App } from "@condo/http";
import { audit, resolveTenant, withTenant } from "@condo/schema";
import { z } from "zod";
import { completeLogin, loggedIn } from "../complete-login.ts";
import type { Context } from "../context.ts";
import { invalidLoginStep, invalidPasskey } from "../errors.ts";
import { spendStep } from "../login-steps.ts";
import { isOpen } from "../named-tenant.ts";
import { authenticationResponse, takeAssertion, type PasskeyStep } from "../passkeys.ts";
import { findUser } from "../repositories/users.ts";

const body = z.strictObject({ passkey_token: z.string().max(256), response: authenticationResponse });

export function passkeyLogin(app: App, context: Context): void {
  const { config, db, sealer } = context;
  app.route({
    method: "POST",
    url: "/auth/passkeys/login",
    config: { access: "public", rateLimit: { max: config.LOGIN_ATTEMPTS_PER_MINUTE } },
    schema: {
      tags: ["auth"],
      summary: "Log in by passkey alone",
      description: "The passkey has to verify its user (a PIN, a finger), so it is both factors.",
      body,
      response: { 200: loggedIn },
    },
    handler: async (request, reply) => {
      const { passkey_token, response } = request.body;
      const asked = await spendStep<PasskeyStep>(db, sealer, passkey_token, "passkey_login");
      // A challenge of a second step need not verify its user: it is none for a whole login.
      if (asked.userId !== null) throw invalidLoginStep();
      const { tenantId } = asked.token;
      const tenant = await resolveTenant(db, tenantId);
      const answer = await withTenant(db, tenantId, async (trx) => {
        const passkey = await takeAssertion(trx, context, asked.data, response, {
          requireUserVerification: true,
        });
        const user = passkey && (await findUser(trx, passkey.user_id));
        if (tenant && isOpen(tenant) && user?.is_active) {
          return completeLogin(context, trx, request, { user, tenantSlug: tenant.slug }, ["passkey"]);
        }
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "login.failed",
          subjectType: "user",
          subjectId: user?.id ?? null,
          after: { method: "passkey" },
        });
        return undefined;
      });
      if (!answer) throw invalidPasskey();
      return reply.header("cache-control", "no-store").send(answer);
    },
  });
}
