import type { App } from "@condo/http";
import { withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { invalidLoginStep, mfaAlreadyEnabled } from "../errors.ts";
import { parseStepToken } from "../login-steps.ts";
import { readMfaStep } from "../mfa-step.ts";
import { factorsOf } from "../repositories/factors.ts";
import { methodsOf } from "../second-factor.ts";
import { startTotp } from "../totp.ts";
import { totpEnrolmentSchema } from "./mfa-schema.ts";

const body = z.strictObject({ mfa_token: z.string().max(256) });

export function enrolMfa(app: App, context: Context): void {
  const { config, db, sealer } = context;
  app.route({
    method: "POST",
    url: "/auth/mfa/enrol",
    config: { access: "public", rateLimit: { max: config.LOGIN_ATTEMPTS_PER_MINUTE } },
    schema: {
      tags: ["second factors"],
      summary: "Set up an authenticator app in the middle of a login, where the tenant requires one",
      description: "`POST /auth/mfa/verify` with a first code of it then ends the login.",
      body,
      response: { 200: totpEnrolmentSchema },
    },
    handler: async (request, reply) => {
      const token = parseStepToken(request.body.mfa_token, "mfa");
      const { secret, otpauthUrl } = await withTenant(db, token.tenantId, async (trx) => {
        const found = await readMfaStep(trx, context, token);
        if (!found?.step.data.enrol) throw invalidLoginStep();
        const { user, step } = found;
        if (methodsOf(await factorsOf(trx, user.id)).length > 0) throw mfaAlreadyEnabled();
        const who = { tenantId: user.tenant_id, userId: user.id, email: user.email };
        return startTotp(trx, sealer, who, step.data.tenantSlug);
      });
      return reply.header("cache-control", "no-store").send({ secret, otpauth_url: otpauthUrl });
    },
  });
}
