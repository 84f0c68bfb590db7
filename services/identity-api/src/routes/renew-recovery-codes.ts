import { actorOf, userOf, type App } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { mfaNotEnabled } from "../errors.ts";
import { assertFreshLogin } from "../fresh-login.ts";
import { renewRecoveryCodes as renew } from "../recovery-codes.ts";
import { factorsOf } from "../repositories/factors.ts";
import { methodsOf } from "../second-factor.ts";
import { recoveryCodesField } from "./mfa-schema.ts";

export function renewRecoveryCodes(app: App, { db, sealer }: Context): void {
  app.route({
    method: "POST",
    url: "/auth/mfa/recovery-codes",
    config: { access: "authenticated" },
    schema: {
      tags: ["second factors"],
      summary: "Make new recovery codes; the old ones end",
      description: "Needs a session that was opened within 15 minutes.",
      response: { 200: z.object({ recovery_codes: recoveryCodesField }) },
    },
    handler: async (request, reply) => {
      const user = userOf(request);
      const { tenantId, userId } = user;
      const codes = await withTenant(db, tenantId, async (trx) => {
        await assertFreshLogin(trx, user);
        if (methodsOf(await factorsOf(trx, userId)).length === 0) throw mfaNotEnabled();
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "mfa.recovery_codes_renewed",
          subjectType: "user",
          subjectId: userId,
        });
        return renew(trx, sealer, user);
      });
      return reply.header("cache-control", "no-store").send({ recovery_codes: codes });
    },
  });
}
