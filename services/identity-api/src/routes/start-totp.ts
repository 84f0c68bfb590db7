import { userOf, type App } from "@condo/http";
import { withTenant } from "@condo/schema";
import type { Context } from "../context.ts";
import { assertFreshLogin } from "../fresh-login.ts";
import { startTotp as start } from "../totp.ts";
import { totpEnrolmentSchema } from "./mfa-schema.ts";

export function startTotp(app: App, { db, sealer }: Context): void {
  app.route({
    method: "POST",
    url: "/auth/mfa/totp",
    config: { access: "authenticated" },
    schema: {
      tags: ["second factors"],
      summary: "Set up an authenticator app",
      description:
        "It protects the account once a code of it was confirmed. Needs a session that was opened within 15 minutes.",
      response: { 200: totpEnrolmentSchema },
    },
    handler: async (request, reply) => {
      const user = userOf(request);
      const { secret, otpauthUrl } = await withTenant(db, user.tenantId, async (trx) => {
        await assertFreshLogin(trx, user);
        return start(trx, sealer, user, user.tenantSlug);
      });
      return reply.header("cache-control", "no-store").send({ secret, otpauth_url: otpauthUrl });
    },
  });
}
