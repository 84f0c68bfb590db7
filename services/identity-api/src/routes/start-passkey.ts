import { userOf, type App } from "@condo/http";
import { withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { assertFreshLogin } from "../fresh-login.ts";
import { loginStepSeconds, openStep } from "../login-steps.ts";
import { publicKeyOptions, registrationOptions, type PasskeyStep } from "../passkeys.ts";

const response = z.object({
  passkey_token: z.string().describe("Goes with the browser's answer"),
  expires_in: z.int(),
  options: publicKeyOptions.describe("For `navigator.credentials.create()`"),
});

export function startPasskey(app: App, context: Context): void {
  const { db, sealer } = context;
  app.route({
    method: "POST",
    url: "/auth/passkeys/registration-options",
    config: { access: "authenticated" },
    schema: {
      tags: ["second factors"],
      summary: "Begin to register a passkey",
      description: "Needs a session that was opened within 15 minutes.",
      response: { 200: response },
    },
    handler: async (request, reply) => {
      const user = userOf(request);
      const { tenantId, userId } = user;
      const answer = await withTenant(db, tenantId, async (trx) => {
        await assertFreshLogin(trx, user);
        const options = await registrationOptions(trx, context, {
          id: userId,
          email: user.email,
          first_name: user.firstName,
          last_name: user.lastName,
        });
        const data: PasskeyStep = { challenge: options.challenge, tenantSlug: user.tenantSlug };
        const token = await openStep(trx, sealer, {
          tenantId,
          purpose: "passkey_registration",
          userId,
          data,
        });
        return { passkey_token: token, expires_in: loginStepSeconds, options: { ...options } };
      });
      return reply.header("cache-control", "no-store").send(answer);
    },
  });
}
