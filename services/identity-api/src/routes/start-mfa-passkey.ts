import type { App } from "@condo/http";
import { withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { invalidLoginStep } from "../errors.ts";
import { loginStepSeconds, openStep, parseStepToken } from "../login-steps.ts";
import { readMfaStep } from "../mfa-step.ts";
import { authenticationOptions, publicKeyOptions, type PasskeyStep } from "../passkeys.ts";
import { listPasskeys } from "../repositories/passkeys.ts";

const body = z.strictObject({ mfa_token: z.string().max(256) });

export const passkeyChallenge = z.object({
  passkey_token: z.string().describe("Goes with the browser's answer"),
  expires_in: z.int(),
  options: publicKeyOptions.describe("For `navigator.credentials.get()`"),
});

export function startMfaPasskey(app: App, context: Context): void {
  const { config, db, sealer } = context;
  app.route({
    method: "POST",
    url: "/auth/mfa/passkey-options",
    config: { access: "public", rateLimit: { max: config.LOGIN_ATTEMPTS_PER_MINUTE } },
    schema: {
      tags: ["second factors"],
      summary: "Ask for a passkey as the second factor",
      description:
        "In the middle of a login that answered `mfa_required`: what the browser needs to ask one of the passkeys of that user.",
      body,
      response: { 200: passkeyChallenge },
    },
    handler: async (request, reply) => {
      const token = parseStepToken(request.body.mfa_token, "mfa");
      const answer = await withTenant(db, token.tenantId, async (trx) => {
        const found = await readMfaStep(trx, context, token);
        const known = found ? await listPasskeys(trx, found.user.id) : [];
        if (!found || known.length === 0) throw invalidLoginStep();
        const options = await authenticationOptions(context, known);
        const data: PasskeyStep = { challenge: options.challenge, tenantSlug: found.step.data.tenantSlug };
        const passkeyToken = await openStep(trx, sealer, {
          tenantId: token.tenantId,
          purpose: "passkey_login",
          userId: found.user.id,
          data,
        });
        return { passkey_token: passkeyToken, expires_in: loginStepSeconds, options: { ...options } };
      });
      return reply.header("cache-control", "no-store").send(answer);
    },
  });
}
