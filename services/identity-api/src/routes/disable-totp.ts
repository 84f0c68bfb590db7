import { userOf, type App } from "@condo/http";
import { withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { mfaNotEnabled } from "../errors.ts";
import { noteFactorRemoved } from "../factor-notes.ts";
import { assertFreshLogin } from "../fresh-login.ts";
import { factorsOf } from "../repositories/factors.ts";
import { deleteRecoveryCodes } from "../repositories/recovery-codes.ts";
import { deleteTotpFactor } from "../repositories/totp-factors.ts";
import { attemptProof, codeProof, takeCode } from "../second-factor.ts";

export function disableTotp(app: App, context: Context): void {
  app.route({
    method: "POST",
    url: "/auth/mfa/totp/disable",
    config: { access: "authenticated" },
    schema: {
      tags: ["second factors"],
      summary: "Take an authenticator app out of use, by a code",
      description: "Recovery codes end with the last factor.",
      body: codeProof,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const user = userOf(request);
      const { tenantId, userId } = user;
      const refusal = await withTenant(context.db, tenantId, async (trx) => {
        await assertFreshLogin(trx, user);
        if (!(await factorsOf(trx, userId)).totp) throw mfaNotEnabled();
        const refusal = await attemptProof(trx, request, { id: userId, tenant_id: tenantId }, () =>
          takeCode(trx, context, userId, request.body),
        );
        if (refusal) return refusal;
        await deleteTotpFactor(trx, userId);
        if ((await factorsOf(trx, userId)).passkeys === 0) await deleteRecoveryCodes(trx, userId);
        await noteFactorRemoved(trx, request, user, "totp");
        return undefined;
      });
      if (refusal) throw refusal;
      return reply.code(204).send(null);
    },
  });
}
