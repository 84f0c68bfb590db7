import { userOf, type App } from "@condo/http";
import { withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { enableTotp } from "../enable-totp.ts";
import { assertFreshLogin } from "../fresh-login.ts";
import { attemptProof, totpCode } from "../second-factor.ts";
import { takeTotpCode } from "../totp.ts";
import { recoveryCodesField } from "./mfa-schema.ts";

const body = z.strictObject({ totp_code: totpCode });

export function confirmTotp(app: App, context: Context): void {
  const { db, sealer } = context;
  app.route({
    method: "POST",
    url: "/auth/mfa/totp/confirm",
    config: { access: "authenticated" },
    schema: {
      tags: ["second factors"],
      summary: "Put an authenticator app into use, by a first code of it",
      description:
        "Takes a login of a moment ago. With the first factor come recovery codes, shown this once.",
      body,
      response: { 200: z.object({ recovery_codes: recoveryCodesField.optional() }) },
    },
    handler: async (request, reply) => {
      const user = userOf(request);
      const { tenantId, userId } = user;
      const outcome = await withTenant(db, tenantId, async (trx) => {
        await assertFreshLogin(trx, user);
        const refusal = await attemptProof(trx, request, { id: userId, tenant_id: tenantId }, () =>
          takeTotpCode(trx, sealer, userId, request.body.totp_code, "pending"),
        );
        return refusal ? { refusal } : { codes: await enableTotp(trx, context, request, user) };
      });
      if (outcome.refusal) throw outcome.refusal;
      return reply
        .header("cache-control", "no-store")
        .send(outcome.codes ? { recovery_codes: outcome.codes } : {});
    },
  });
}
